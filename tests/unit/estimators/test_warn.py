"""Warnings name the user's program, even one that has no name."""

import pytest

import mixtura as mx


def test_a_program_without_a_name_is_warned_too():
    program = "mx.GaussianMixture(reg_covar=9.0).fit([[0.0], [1.0], [2.0]])"
    with pytest.warns(mx.RegularizationWarning):
        exec(program, {"mx": mx, "__builtins__": __builtins__})
