"""All pairs of features: each works, or refuses with a sentence.

What works gives a proper mixture, answers that agree with each other, and the numbers of the same
case without a feature that changes none. Arrays of other libraries are tried twice: as scikit-learn
takes them by default, which is as NumPy's, and in a process where they stay what they are.
"""

import re
from functools import cache

import numpy as np
import pytest
from sklearn import config_context

from conformance.pairs import FEATURES, PAIRS, REFUSALS, as_markdown, case_of, refusal
from support.array_api import IS_ON, assert_passes_there, unless_on
from support.closeness import assert_mixtures_close
from support.data import ROOT

COMBINATIONS = [*((feature,) for feature in FEATURES), *PAIRS]


@cache
def fit_of(*features):
    return case_of(*features).fit()[0]


@pytest.mark.parametrize(
    "features", COMBINATIONS, ids=lambda features: " and ".join(each.name for each in features)
)
def test_combination(features):
    for feature in features:
        if feature.needs is not None:
            pytest.importorskip(feature.needs)
    with config_context(array_api_dispatch=IS_ON):
        if refusal(*features) is not None:
            assert_refuses_with_a_sentence(features)
            return
        case = case_of(*features)
        estimator, rows, weights = case.fit()
        assert_proper(estimator.mixture_)
        assert_answers_agree(estimator, rows, weights, np.isnan(case.rows).all(axis=1))
        for feature in features:
            if feature.tolerance is not None:
                others = (each for each in features if each is not feature)
                without = fit_of(*others).mixture_
                tolerance = max(feature.tolerance, *(each.blur for each in features))
                assert_mixtures_close(estimator.mixture_, without, tolerance)


def assert_refuses_with_a_sentence(features):
    with pytest.raises((ValueError, TypeError)) as caught:
        case_of(*features).fit()
    assert re.match(r"\w+ .*\w+ .*\w+ .*[.;!]", str(caught.value)), caught.value


def assert_proper(mixture):
    assert np.isfinite(mixture.means).all()
    assert (mixture.weights > 0).all()
    assert mixture.weights.sum() == pytest.approx(1, abs=1e-12)
    assert np.linalg.eigvalsh(mixture.storage.dense()).min() > 0


def assert_answers_agree(estimator, rows, weights, is_empty):
    """Responsibilities sum to 1, labels are the largest, the score is the mean log-density."""
    responsibilities = np.asarray(estimator.predict_proba(rows))
    np.testing.assert_allclose(responsibilities.sum(axis=1), 1, rtol=1e-6)
    labels = np.asarray(estimator.predict(rows))
    np.testing.assert_array_equal(labels, responsibilities.argmax(axis=1))
    log_densities = np.asarray(estimator.score_samples(rows))
    host_weights = np.ones(len(log_densities)) if weights is None else np.array(np.asarray(weights))
    host_weights[is_empty] = 0  # such rows tell nothing
    mean = np.average(log_densities, weights=host_weights)
    n = host_weights.sum()
    certainty = np.average(np.log(responsibilities.max(axis=1)), weights=host_weights)
    assert estimator.score(rows, sample_weight=weights) == pytest.approx(mean, rel=1e-6)
    deviance = estimator.aic(rows, weights) - 2 * estimator._n_parameters()
    assert deviance == pytest.approx(-2 * n * mean, rel=1e-6)
    of_entropy = estimator.icl(rows, weights) - estimator.bic(rows, weights)
    assert of_entropy == pytest.approx(-2 * n * certainty, rel=1e-5, abs=1e-5)


def test_refusals_are_pairs():
    assert set(REFUSALS) <= {(a.name, b.name) for a, b in PAIRS}


def test_the_page_is_up_to_date():
    """`python tests/conformance/pairs.py > docs/combinations.md` writes it."""
    assert (ROOT / "docs" / "combinations.md").read_text() == as_markdown()


@unless_on
def test_arrays_that_stay_what_they_are():
    assert_passes_there(__file__, "torch or strict")
