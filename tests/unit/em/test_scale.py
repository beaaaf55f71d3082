"""The variance of each column, which `reg_covar` is measured against."""

from unittest import mock

import numpy as np
import pytest

from mixtura._array import patterns_of
from mixtura.data import Stream
from mixtura.data.arrays import ArrayReader
from mixtura.data.inspection import Inspection
from mixtura.em.scale import column_variances, origin
from mixtura.em.steps import Steps
from mixtura.engine import Local
from mixtura.family import FAMILIES
from mixtura.typing import Block
from support.closeness import assert_close
from support.problems import steps_for


@pytest.mark.parametrize("offset", [0, 1e8])
@pytest.mark.parametrize("weighted", [False, True])
def test_variances_are_numpys(offset, weighted):
    rng = np.random.default_rng(0)
    rows = offset + rng.standard_normal((500, 3)) * [1, 10, 0]
    rows[0] += 1e3  # the moments are first taken about this row
    weights = rng.uniform(0, 2, 500) if weighted else None
    steps = steps_for(rows, weights=weights)
    expected = np.cov((rows - offset).T, aweights=weights, ddof=0).diagonal()
    assert_close(column_variances(steps.engine, steps.source), expected, 1e-9)


def test_what_a_pass_has_told_is_not_read_again():
    rows = np.array([[np.nan, 4.0], [5.0, 6.0], [7.0, 8.0]])
    weights = np.array([0.0, 2.0, 3.0])
    told = Inspection.of(Block(rows[:1], weights[:1], patterns=patterns_of(rows[:1])))
    told = told + Inspection.of(Block(rows[1:], weights[1:]))
    source = Stream(ArrayReader.of([rows]), None, weights, inspection=told)
    with mock.patch.object(ArrayReader, "batches", side_effect=AssertionError):
        assert origin(source).tolist() == [[5, 6]]
        assert Steps(Local(), source, FAMILIES["full"], 0).total_weight == 5
    assert_close(column_variances(Local(), source), [0.96, 0.96], 1e-12)
