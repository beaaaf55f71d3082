"""One thread for the libraries below: small problems are fastest so, above all when busy."""

import pytest
from threadpoolctl import threadpool_limits


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """Imported into a test module, it holds for the whole module."""
    with threadpool_limits(1):
        yield
