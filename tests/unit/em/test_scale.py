"""The variance of each column, which `reg_covar` is measured against."""

import numpy as np
import pytest

from mixtura.em.scale import column_variances
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
