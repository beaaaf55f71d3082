"""The formulas of a mixture at 50 digits, from exactly the numbers that the mixture holds."""

import mpmath as mp
import numpy as np

from mixtura.covariance import LowRank

DIGITS = 50


def cholesky(matrix):
    """Lower Cholesky factor, as nested lists, from the lower triangle of a matrix."""
    factor = [[mp.mpf(0)] * len(matrix) for _ in matrix]
    for i, row in enumerate(factor):
        for j in range(i + 1):
            rest = matrix[i][j] - mp.fdot(row[:j], factor[j][:j])
            row[j] = mp.sqrt(rest) if i == j else rest / factor[j][j]
    return factor


def whiten(factor, residual):
    """L^-1 y by forward substitution."""
    solution = []
    for i, row in enumerate(factor):
        solution.append((residual[i] - mp.fdot(row[:i], solution)) / row[i])
    return solution


class Component:
    """One weighted Gaussian: log pi_k + log N(x | mu_k, Sigma_k)."""

    def __init__(self, weight, mean, covariance):
        self.mean = [mp.mpf(float(value)) for value in mean]
        self.factor = cholesky(covariance)  # of numbers at any precision
        self.log_det = 2 * mp.fsum(mp.log(row[i]) for i, row in enumerate(self.factor))
        self.log_weight = mp.log(mp.mpf(float(weight)))

    def squared_distance(self, row):
        residual = [mp.mpf(float(x)) - mean for x, mean in zip(row, self.mean, strict=True)]
        return mp.fsum(z * z for z in whiten(self.factor, residual))

    def log_joint(self, row):
        constant = len(row) * mp.log(2 * mp.pi) + self.log_det
        return self.log_weight - (constant + self.squared_distance(row)) / 2


def components(mixture, features=None):
    """The components of a mixture, or of its marginal of some features, at 50 digits."""
    chosen = range(mixture.n_features) if features is None else features
    with mp.workdps(DIGITS):
        matrices = exact_matrices(mixture.storage)
        matrices = matrices * (len(mixture.weights) // len(matrices))
        return [
            Component(weight, mean[list(chosen)], [[matrix[i][j] for j in chosen] for i in chosen])
            for weight, mean, matrix in zip(mixture.weights, mixture.means, matrices, strict=True)
        ]


def exact_matrices(storage):
    """The matrices that a storage stands for: loadings are multiplied without rounding."""
    if not isinstance(storage, LowRank):
        return [[[mp.mpf(float(entry)) for entry in row] for row in m] for m in storage.dense()]
    matrices = []
    for loadings, noise in zip(storage.loadings, storage.noise_variances, strict=True):
        rows = [[mp.mpf(float(entry)) for entry in row] for row in loadings]
        matrix = [[mp.fdot(a, b) for b in rows] for a in rows]
        for i, variance in enumerate(noise):
            matrix[i][i] += mp.mpf(float(variance))
        matrices.append(matrix)
    return matrices


def _observed(mixture, rows):
    """For each row, the components of the features that it has, and its entries."""
    marginals = {}
    for row in np.asarray(rows):
        seen = tuple(np.flatnonzero(~np.isnan(row)))
        if seen not in marginals:
            marginals[seen] = components(mixture, seen)
        yield marginals[seen], row[list(seen)]


def log_prob(mixture, rows):
    """log p(x) of each row; entries that are NaN are integrated out."""
    with mp.workdps(DIGITS):
        return [
            mp.log(mp.fsum(mp.exp(part.log_joint(entries)) for part in parts))
            for parts, entries in _observed(mixture, rows)
        ]


def responsibilities(mixture, rows):
    """The posterior probabilities of the components for each row, as nested lists."""
    shares = []
    with mp.workdps(DIGITS):
        for parts, entries in _observed(mixture, rows):
            densities = [mp.exp(part.log_joint(entries)) for part in parts]
            shares.append([density / mp.fsum(densities) for density in densities])
    return shares


def squared_distance(mixture, rows):
    """(x - mu_k)^T Sigma_k^-1 (x - mu_k) for the component that is likeliest for each row."""
    with mp.workdps(DIGITS):
        return [
            max((part.log_joint(entries), part.squared_distance(entries)) for part in parts)[1]
            for parts, entries in _observed(mixture, rows)
        ]


def errors(values, exact):
    """|value - exact| of float values, rounded to floats only in the end."""
    with mp.workdps(DIGITS):
        pairs = zip(values, exact, strict=True)
        return np.array([float(abs(mp.mpf(float(value)) - truth)) for value, truth in pairs])


def tail(mixture, x, sign):
    """P(X <= x) for sign = 1 and P(X > x) for sign = -1, of a one-dimensional mixture."""
    with mp.workdps(DIGITS):
        return mp.fsum(
            mp.mpf(float(weight)) * mp.ncdf(sign * (mp.mpf(float(x)) - mean) / mp.sqrt(variance))
            for weight, mean, variance in _triples(mixture)
        )


def density(mixture, x):
    """p(x) of a one-dimensional mixture."""
    with mp.workdps(DIGITS):
        return mp.exp(log_prob(mixture, [[x]])[0])


def _triples(mixture):
    variances = np.broadcast_to(mixture.storage.variances()[:, 0], mixture.weights.shape)
    for weight, mean, variance in zip(mixture.weights, mixture.means[:, 0], variances, strict=True):
        yield mp.mpf(float(weight)), mp.mpf(float(mean)), mp.mpf(float(variance))
