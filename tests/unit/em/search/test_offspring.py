"""A generation is made of the maxima, with and without their copies."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mixtura.em.search import Candidate
from mixtura.em.search.candidate import repeated_components, with_copies
from mixtura.em.search.offspring import offspring_of
from support.problems import steps_for
from support.strategies import generators, random_mixture, with_holes


def maximum(mixture):
    return Candidate(mixture, 0.0, *np.zeros((2, mixture.n_components), np.bool_))


@given(generators, st.integers(1, 4), st.booleans())
def test_offspring_are_mixtures_of_as_many_components(rng, n_distinct, has_holes):
    mixtures = [random_mixture(rng, "full", n_distinct, 2) for _ in range(3)]
    rows = mixtures[0].sample(40, rng)[0]
    steps = steps_for(with_holes(rng, rows, 0.1) if has_holes else rows)
    maxima = [maximum(with_copies(each, 5)) for each in mixtures]
    made = offspring_of(maxima, steps, np.random.RandomState(rng.integers(2**31)), 20)
    assert [each.n_components for each in made] == [5] * 20
    assert all(np.isfinite(each.log_prob(rows)).all() for each in made)


def test_some_offspring_have_as_many_copies_as_their_parents_and_some_fewer():
    rng = np.random.default_rng(0)
    mixture = random_mixture(rng, "full", 3, 2)
    steps = steps_for(mixture.sample(40, rng)[0])
    maxima = [maximum(with_copies(mixture, 6))]
    made = offspring_of(maxima, steps, np.random.RandomState(0), 100)
    n_copies = [len(repeated_components(each)) for each in made]
    assert set(n_copies) >= {2, 3}
