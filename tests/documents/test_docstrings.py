"""Every example in a docstring runs and prints what it says."""

import doctest
import importlib
import pkgutil

import pytest

import mixtura

MODULES = [
    name
    for _, name, _ in pkgutil.walk_packages(mixtura.__path__, "mixtura.")
    if not name.endswith("__main__")
]


@pytest.mark.parametrize("name", ["mixtura", *MODULES])
def test_examples_run(name):
    failures, _ = doctest.testmod(importlib.import_module(name))
    assert failures == 0


def test_public_classes_and_functions_have_examples():
    finder = doctest.DocTestFinder()
    for name in (
        *("Mixture", "GaussianMixture", "MixtureImputer", "pool_imputations", "save"),
        *("merge_clusters", "reduce_mixture", "bootstrap", "bootstrap_test"),
        *("summarize", "overlap_matrix", "discriminant_projection"),
        *("reorder_components", "match_components"),
        *("MixtureRegressor", "HighestDensityRegion", "highest_density_region"),
        *("MixtureClassifier", "MixtureOutlierDetector", "segment_image", "scan"),
    ):
        examples = [test for test in finder.find(getattr(mixtura, name)) if test.examples]
        assert examples, name
