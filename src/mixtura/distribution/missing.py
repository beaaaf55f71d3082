"""Rows with missing entries: what a component expects of them, given those that are there.

With o the observed and m the missing features of a row, component k says of it (entries are missing
at random: that they are does not depend on what they would be)

    E[x_m | x_o]   = mu_m + B (x_o - mu_o)          B = Sigma_mo Sigma_oo^-1
    Cov[x_m | x_o] = Sigma_mm - B Sigma_om = F F^T

so that r_k (E[x] E[x]^T + Cov[x]) is the row's expected second moment.

Ghahramani, Z. and Jordan, M. I. (1994). Supervised learning from incomplete data via an EM
approach. Advances in Neural Information Processing Systems 6, 120-127.
Lin, T. I., Lee, J. C. and Ho, H. J. (2006). On fast supervised learning for normal mixture models
with missing information. Pattern Recognition 39, 1177-1187.
"""

from typing import TYPE_CHECKING

import numpy as np

from mixtura import _kernel
from mixtura._array import (
    as_float64,
    bring,
    namespace,
    on_host,
    patterns_of,
    take_columns,
    take_rows,
)
from mixtura._patterns import Group, Patterns
from mixtura.distribution.posterior import (
    in_row_order,
    kernel_parameters,
    posterior,
    responsibilities,
)
from mixtura.typing import AnyArray, AnyKND, AnyND, Float, Indices, RandomSource

if TYPE_CHECKING:
    from mixtura.distribution.mixture import Mixture


def expected_residuals(mixture: "Mixture", rows: AnyND, group: Group) -> tuple[AnyKND, Float]:
    """E[x | x_o] - mu_k for rows with one pattern, and the roots of Cov[x | x_o].

    Parameters
    ----------
    mixture : Mixture
    rows : array of shape (n, d)
        The rows of the group.
    group : Group
        Which features they have and lack.

    Returns
    -------
    residuals : array of shape (K, n, d)
    roots : ndarray of shape (K, r, d)
        F_k^T, with zeros where features are observed.
    """
    xp = namespace(rows)
    n_components, n_features = mixture.means.shape
    observed, missing = group.observed, group.missing
    seen = take_columns(as_float64(rows), observed)
    residuals = seen[None, :, :] - bring(mixture.means[:, observed], rows)[:, None, :]
    if not len(missing):
        return residuals, np.zeros((n_components, 0, n_features))
    if len(observed):
        coefficients, left_over = mixture.storage.condition(missing, observed)
    else:
        coefficients, left_over = np.zeros((1, n_features, 0)), mixture.storage
    guesses = xp.matmul(residuals, bring(np.ascontiguousarray(coefficients.swapaxes(1, 2)), rows))
    both = xp.concat([residuals, guesses], axis=2)
    columns = np.argsort(np.concatenate([observed, missing]))
    within = left_over.roots()
    roots = np.zeros((n_components, within.shape[2], n_features))
    roots[:, :, missing] = within.swapaxes(1, 2)
    return xp.take(both, bring(columns, rows), axis=2), roots


def imputed(mixture: "Mixture", rows: AnyND) -> AnyND:
    """The rows in float64, with E[x_m | x_o] = sum_k r_k E_k[x_m | x_o] for missing entries."""
    patterns = patterns_of(rows)
    if patterns is None:
        return as_float64(rows)
    if _kernel.takes(rows, mixture.storage.kind, incomplete=True):
        return _kernel.answer(rows, kernel_parameters(mixture), "imputed", patterns)
    xp = namespace(rows)
    parts = []
    for group in patterns.groups():
        own = take_rows(as_float64(rows), group.rows)
        if not len(group.missing):
            parts.append(own)
            continue
        same = Patterns(patterns.missing[group.rows])
        _, shares = posterior(mixture, own, same)
        residuals, _ = expected_residuals(mixture, own, group)
        guesses = residuals + bring(mixture.means, rows)[:, None, :]
        mean = xp.sum(guesses * shares.T[:, :, None], axis=0)
        parts.append(xp.where(xp.isnan(own), mean, own))
    return in_row_order(xp.concat(parts, axis=0), patterns.sorted.order)


DRAWN_TOGETHER = 2**16
"""So many rows are completed at once, each perhaps several times."""


def drawn(mixture: "Mixture", rows: AnyND, n_draws: int, rng: RandomSource) -> AnyArray:
    """The rows in float64, so many times, with draws from p(x_m | x_o) for missing entries.

    A component z is drawn from the responsibilities, and a residual e from N(0, Sigma_z); then
    e_m + E[x_m | x_o - e_o] has the conditional distribution (Matheron's rule: Journel and
    Huijbregts 1978), so that draws cost as much as means.

    Returns
    -------
    array of shape (n_draws, n, d)
    """
    host = on_host(rows).astype(np.float64)
    draws = np.repeat(host[None], n_draws, axis=0)
    patterns = patterns_of(host)
    if patterns is None:
        return bring(draws, rows)
    incomplete = np.flatnonzero(patterns.missing.any(axis=1))
    host, missing = host[incomplete], patterns.missing[incomplete]
    shares = np.cumsum(responsibilities(mixture, host), axis=1)
    together = max(1, DRAWN_TOGETHER // max(1, len(host)))
    for first in range(0, n_draws, together):
        some = draws[first : first + together]
        components, residuals = _noise(mixture, shares, len(some), rng)
        for k in np.unique(components).tolist():
            draw, own = np.nonzero(components == k)
            e = residuals[draw, own]
            completed = imputed(mixture.component(k), host[own] - e) + e
            some[draw, incomplete[own]] = np.where(missing[own], completed, host[own])
    return bring(draws, rows)


def _noise(
    mixture: "Mixture", shares: Float, n_draws: int, rng: RandomSource
) -> tuple[Indices, Float]:
    """z and e for rows with these sums of responsibilities (n, K), draw by draw."""
    n = len(shares)
    components = np.empty((n_draws, n), dtype=np.intp)
    residuals = np.empty((n_draws, n, mixture.n_features))
    for z, e in zip(components, residuals, strict=True):
        z[:] = (shares <= rng.uniform(size=(n, 1)) * shares[:, -1:]).sum(axis=1)
        for k in np.unique(z).tolist():
            own = np.flatnonzero(z == k)
            e[own] = mixture.storage.draw(k, len(own), rng)
    return components, residuals
