"""A generator goes on where it was, whichever bits it is made of."""

import json

import numpy as np
import pytest

from mixtura.em.checkpoint.random_state import random_state_of, random_state_record

BITS = [np.random.MT19937, np.random.PCG64, np.random.PCG64DXSM, np.random.Philox, np.random.SFC64]


@pytest.mark.parametrize("bits", BITS)
def test_draws_go_on(bits):
    rng = np.random.RandomState(bits(0))
    rng.standard_normal(3)  # leaves half a pair of normals for later
    record = json.loads(json.dumps(random_state_record(rng)))
    expected = rng.standard_normal(5), rng.randint(10**6, size=5), rng.permutation(9)
    other = np.random.RandomState(bits(1))
    other.set_state(random_state_of(record))
    drawn = other.standard_normal(5), other.randint(10**6, size=5), other.permutation(9)
    for one, two in zip(drawn, expected, strict=True):
        np.testing.assert_array_equal(one, two)
