"""How typical a row is: its log-density, and for rows with missing entries what is comparable.

The log-density of some of the features has other units than that of all, so that rows with
different entries missing cannot be ranked by it. What can is the expectation of the log-density of
the completed row. With o the observed and m the missing features of a row, and its component known,
that of the missing ones is minus their entropy:

    s(x_o) = log p(x_o) - sum_k r_k H_k
    H_k = (d_m log(2 pi e) + log |Sigma_k| - log |Sigma_k,oo|) / 2

For one component this is E[log p(x_o, X_m) | x_o]; for several, that with the component known. A
change of a feature's units shifts the scores of all rows alike.
"""

import numpy as np

from mixtura._array import patterns_of
from mixtura.covariance import Storage
from mixtura.distribution import Mixture
from mixtura.typing import ArrayK, Float, HostND, Indices

LOG_2PI_E = float(np.log(2 * np.pi * np.e))


def log_typicality(mixture: Mixture, rows: HostND) -> Float:
    """s(x_i) of each row, shape (n,): log p(x_i) where no entry is missing.

    Parameters
    ----------
    mixture : Mixture
    rows : ndarray of shape (n, d)
        NaN where entries are missing.
    """
    scores = np.array(mixture.log_prob(rows), dtype=np.float64)
    patterns = patterns_of(rows)
    if patterns is None:
        return scores
    for group in patterns.groups():
        if len(group.missing):
            shares = mixture.responsibilities(rows[group.rows])
            entropies = _entropies(mixture.storage, group.observed)
            scores[group.rows] -= np.asarray(shares * entropies).sum(axis=1)
    return scores


def _entropies(storage: Storage, observed: Indices) -> ArrayK:
    """H_k, shape (K,) or (1,)."""
    known = storage.marginal(observed).log_det() if len(observed) else 0.0
    n_missing = storage.n_features - len(observed)
    return np.asarray((n_missing * LOG_2PI_E + storage.log_det() - known) / 2)
