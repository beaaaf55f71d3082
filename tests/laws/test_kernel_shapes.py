"""The kernel gives what the formulas give for rows of any shape, strides and type."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixtura import _kernel, _machine
from mixtura.distribution import Mixture, posterior
from mixtura.moments import Moments, collect_assigned, expect
from mixtura.typing import Block
from support.strategies import (
    generators,
    layouts,
    needs,
    random_mixture,
    random_responsibilities,
    sample_weights,
)
from support.threads import one_thread  # noqa: F401

if not _machine.instruction_sets():
    pytest.skip("Mixtura was installed without a compiler.", allow_module_level=True)

every_isa = pytest.mark.parametrize("isa", _machine.instruction_sets())

# (n, d, K): small, and around the sizes of tiles, of chunks and of caches in one of them.
SHAPES = st.one_of(
    st.tuples(st.integers(0, 40), st.integers(1, 14), st.integers(1, 5)),
    st.tuples(
        st.sampled_from([63, 64, 65, 129, 255, 257, 520, 2050]),
        st.integers(1, 7),
        st.integers(1, 3),
    ),
    st.tuples(st.integers(1, 70), st.sampled_from([31, 65, 193]), st.integers(1, 2)),
    st.tuples(st.integers(1, 40), st.integers(1, 4), st.sampled_from([17, 33, 70])),
)


@dataclass(frozen=True)
class Problem:
    """A mixture, the rows as they lie in memory, and the same numbers plainly."""

    mixture: Mixture
    rows: Any
    weights: Any
    n_threads: int

    @property
    def plain(self):
        return np.array(self.rows, dtype=np.float64, order="C")


def scattered(rng, rows):
    """The rows within a larger array of NaN: apart, reversed and in either order, by chance."""
    steps, signs = rng.integers(1, 4, 2), rng.choice([-1, 1], 2)
    shape = np.array(rows.shape) * steps + 1
    wide = np.full(shape, np.nan, dtype=rows.dtype, order=rng.choice(["C", "F"]))
    view = wide[1 :: steps[0], 1 :: steps[1]][:: signs[0], :: signs[1]]
    view[...] = rows
    return view


MEMORY = {
    "plain": lambda rng, rows: rows,
    "scattered": scattered,
    "one row repeated": lambda rng, rows: np.broadcast_to(rows[:1], rows.shape),
    "one feature repeated": lambda rng, rows: np.broadcast_to(rows[:, :1], rows.shape),
}


@st.composite
def problems(draw):
    rng = draw(generators)
    n, d, n_components = draw(SHAPES)
    mixture = random_mixture(rng, draw(layouts), n_components, d)
    rows = rng.permutation(mixture.sample(max(n, 1), rng)[0])[:n]
    rows[: n // 10] *= 3.0  # some far from every component
    rows = rows.astype(draw(st.sampled_from([np.float64, np.float32])))
    rows = MEMORY[draw(st.sampled_from(sorted(MEMORY)))](rng, rows)
    return Problem(mixture, rows, draw(sample_weights(n)), draw(st.integers(1, 3)))


def in_turn(isa, problem, f):
    """By the formulas on plain rows, and by the kernel on rows as they lie."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIXTURA_NUM_THREADS", str(problem.n_threads))
        patch.setenv("MIXTURA_ISA", "none")
        assert not _kernel.takes(problem.plain)
        reference = f(problem.plain)
        patch.setenv("MIXTURA_ISA", isa)
        assert _kernel.takes(problem.rows)
        return reference, f(problem.rows)


def assert_same_moments(reference: Moments, ours: Moments, rows, weights):
    """Within 1e-12 of the largest that a sum could be, since its terms may cancel."""
    total = len(rows) if weights is None else weights.sum()
    residual = np.abs(rows[:, None] - reference.centres).max(initial=1.0)
    traces = ours.scatter.shape == ours.counts.shape
    largest = {
        "counts": total,
        "sums": total * residual,
        "scatter": total * residual**2 * (rows.shape[1] if traces else 1),
    }
    for name, scale in largest.items():
        value, expected = getattr(ours, name), getattr(reference, name)
        assert value.shape == expected.shape
        assert np.abs(value - expected).max() <= 1e-12 * scale, name
    if not np.isnan(reference.log_likelihood):  # as it is where assignments are given
        np.testing.assert_allclose(
            ours.log_likelihood, reference.log_likelihood, rtol=1e-12, atol=1e-12 * total
        )


@every_isa
@given(problem=problems(), need=needs)
def test_moments(isa, problem, need):
    weights = problem.weights
    reference, ours = in_turn(
        isa, problem, lambda rows: expect(problem.mixture, need, Block(rows, weights))
    )
    assert_same_moments(reference, ours, problem.plain, weights)


@every_isa
@given(problem=problems(), need=needs, rng=generators, soft=st.booleans())
def test_moments_of_assigned_rows(isa, problem, need, rng, soft):
    n, K = len(problem.rows), problem.mixture.n_components
    given_ = random_responsibilities(rng, n, K) if soft else rng.integers(K, size=n)
    reference, ours = in_turn(
        isa,
        problem,
        lambda rows: collect_assigned(
            Block(rows, problem.weights), given_, problem.mixture.means, need
        ),
    )
    assert_same_moments(reference, ours, problem.plain, problem.weights)


@every_isa
@given(problem=problems())
def test_answers(isa, problem):
    mixture = problem.mixture

    def answers(rows):
        formulas = posterior.log_density, posterior.responsibilities, posterior.log_certainty
        return [formula(mixture, rows) for formula in formulas], posterior.labels(mixture, rows)

    (reference, _), (ours, labels) = in_turn(isa, problem, answers)
    for value, expected in zip(ours, reference, strict=True):
        assert value.shape == expected.shape
        assert value.dtype == expected.dtype
        np.testing.assert_allclose(value, expected, rtol=1e-11, atol=1e-12)
    r = reference[1]  # where two are as large, either label will do
    assert (r[np.arange(len(r)), labels] >= (1 - 1e-9) * r.max(axis=1, initial=0)).all()
