"""scikit-learn's own tests of what all imputers have in common, with MixtureImputer as one."""

from importlib.util import find_spec, module_from_spec, spec_from_file_location

import pytest

import mixtura as mx

THEIRS = "sklearn.impute.tests.test_common"


def load_their_tests():
    spec = spec_from_file_location("sklearn_tests_of_imputers", find_spec(THEIRS).origin)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return {name: value for name, value in vars(module).items() if name.startswith("test_")}


def with_our_imputer(test):
    """`test` with MixtureImputer in place of the imputers that it is run with."""
    for i, mark in enumerate(test.pytestmark):
        if mark.name == "parametrize" and mark.args[0] == "imputer":
            test.pytestmark[i] = pytest.mark.parametrize("imputer", [mx.MixtureImputer()]).mark
    return test


OF_SPARSE = "test_imputers_add_indicator_sparse"
RUN = {name: with_our_imputer(test) for name, test in load_their_tests().items()}
del RUN[OF_SPARSE]
globals().update(RUN)

# Warnings are no errors in scikit-learn's configuration.
pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]


def test_they_are_run():
    assert len(RUN) >= 6
