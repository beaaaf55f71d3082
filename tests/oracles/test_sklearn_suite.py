"""scikit-learn's own tests of its GaussianMixture, with ours in its place.

The source of its test module is loaded under another name, so that scikit-learn's stays as it is,
and its test functions are collected here. Those of arrays of other libraries need SCIPY_ARRAY_API=1
before SciPy is imported: `test_array_api` runs this module once more in a process of its own.
"""

from importlib.util import find_spec, module_from_spec, spec_from_file_location

import numpy as np
import pytest

import mixtura as mx
from support.array_api import IS_ON, assert_passes_there, unless_on
from support.threads import one_thread  # noqa: F401

THEIRS = "sklearn.mixture.tests.test_gaussian_mixture"
ONLY_PRIVATE = "tests private functions of scikit-learn and never touches the class"
EXCLUDED = {
    "test_suffstat_sk_full": ONLY_PRIVATE,
    "test_suffstat_sk_tied": ONLY_PRIVATE,
    "test_suffstat_sk_diag": ONLY_PRIVATE,
    "test_gaussian_suffstat_sk_spherical": ONLY_PRIVATE,
    "test_compute_log_det_cholesky": ONLY_PRIVATE,
    "test_gaussian_mixture_log_probabilities": ONLY_PRIVATE,
    "test_gaussian_mixture_precisions_init": "calls the private _initialize and _set_parameters",
    "test_gaussian_mixture_all_init_does_not_estimate_gaussian_parameters": (
        "counts the calls of a private function"
    ),
    "test_gaussian_mixture_raises_where_array_api_not_implemented": (
        "expects a refusal of starts that work here with arrays of any library"
    ),
}

pytestmark = [
    # Warnings are no errors in scikit-learn's configuration.
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore::mixtura.RegularizationWarning"),
    pytest.mark.filterwarnings("ignore::mixtura.DegenerateComponentWarning"),
]

IN_OTHER_LIBRARIES = "test_gaussian_mixture_array_api_compliance"


def load_their_tests():
    spec = spec_from_file_location("sklearn_tests_of_mixtura", find_spec(THEIRS).origin)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    module.GaussianMixture = mx.GaussianMixture
    return {name: value for name, value in vars(module).items() if name.startswith("test_")}


def with_lists(test):
    """`test` with its parameters in lists: pytest warns of generators."""
    for i, mark in enumerate(getattr(test, "pytestmark", [])):
        if mark.name == "parametrize":
            names, values = mark.args
            test.pytestmark[i] = pytest.mark.parametrize(names, list(values), **mark.kwargs).mark
    return test


THEIR_TESTS = load_their_tests()
RUN = THEIR_TESTS.keys() - EXCLUDED.keys()
if not IS_ON:
    RUN.remove(IN_OTHER_LIBRARIES)
globals().update({name: with_lists(THEIR_TESTS[name]) for name in THEIR_TESTS if name in RUN})


@pytest.fixture(params=[np.float64, np.float32], ids=["float64", "float32"])
def global_dtype(request):
    return request.param


@pytest.fixture(params=[0, 42])
def global_random_seed(request):
    return request.param


def test_most_is_run():
    assert THEIR_TESTS.keys() > EXCLUDED.keys()
    assert len(RUN) > 3 * len(EXCLUDED)
    assert THEIR_TESTS["test_score"].__globals__["GaussianMixture"] is mx.GaussianMixture


@unless_on
def test_array_api():
    """Fit and answers in the library, on the device and in the precision of the rows."""
    assert_passes_there(__file__, IN_OTHER_LIBRARIES)
