"""The examples run, and the classic tutorial gives scikit-learn's labels."""

import runpy
import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.mixture import GaussianMixture as ScikitLearnGaussianMixture

from support.paths import ROOT

TUTORIAL = ROOT / "examples" / "tutorial.py"


def test_the_tutorial_gives_the_labels_of_scikit_learn():
    plt.close("all")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "FigureCanvasAgg is non-interactive")
        ours = runpy.run_path(str(TUTORIAL))
    figure = plt.gcf()
    theirs = ScikitLearnGaussianMixture(n_components=3, covariance_type="full", random_state=42)
    np.testing.assert_array_equal(ours["labels"], theirs.fit(ours["X"]).predict(ours["X"]))
    points, means = figure.axes[0].collections
    assert len(points.get_offsets()) == 500
    np.testing.assert_allclose(means.get_offsets(), theirs.means_)
    plt.close(figure)


def test_the_tutorial_changes_only_its_import():
    text = TUTORIAL.read_text()
    assert "from mixtura import GaussianMixture" in text
    assert text.count("mixtura") == 1
