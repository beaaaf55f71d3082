"""Rubin's rules: one result from the analyses of several imputed data sets.

With estimates q_i and their variances u_i from m imputations,

    q = mean(q_i)    U = mean(u_i)    B = var(q_i)    T = U + (1 + 1/m) B

and (Q - q) / sqrt(T) has about a t distribution: T is the variance within imputations plus the
variance between them, which is what is not known about the missing entries.

Rubin, D. B. (1987). Multiple Imputation for Nonresponse in Surveys. Wiley. Chapter 3.
Barnard, J. and Rubin, D. B. (1999). Small-sample degrees of freedom with multiple imputation.
Biometrika 86, 948-955.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from mixtura.typing import Float


@dataclass(frozen=True, eq=False)
class Pooled:
    """A result over several imputations, each field in the shape of one estimate.

    Attributes
    ----------
    estimate : ndarray
        The mean of the estimates.
    standard_error : ndarray
        sqrt(T), with the uncertainty of what is missing.
    degrees_of_freedom : ndarray
        Of the t distribution of (Q - estimate) / standard_error; infinite for a normal one.
    fraction_missing : ndarray
        The fraction of the information on Q that is missing with the missing entries.
    """

    estimate: Float
    standard_error: Float
    degrees_of_freedom: Float
    fraction_missing: Float

    def interval(self, level: float = 0.95) -> tuple[Float, Float]:
        """The confidence interval at a level between 0 and 1.

        Returns
        -------
        low, high : ndarray
            In the shape of the estimate.

        Examples
        --------
        >>> import mixtura as mx
        >>> low, high = mx.pool_imputations([4.8, 5.1, 5.2], [0.04, 0.05, 0.04]).interval()
        >>> print(f"{low:.2f} to {high:.2f}")
        4.26 to 5.81
        """
        if not 0 < level < 1:
            raise ValueError(f"level must lie between 0 and 1, but it is {level}.")
        half = stdtrit(self.degrees_of_freedom, (1 + level) / 2) * self.standard_error
        return self.estimate - half, self.estimate + half


def pool_imputations(
    estimates: ArrayLike, variances: ArrayLike, *, degrees_of_freedom: float | None = None
) -> Pooled:
    """Pool the analyses of several imputed data sets by Rubin's rules.

    They hold where imputations are proper: where they vary as much as what is not known. Draws of a
    fitted mixture, `impute(X, n_draws=m)`, take its parameters for the truth, and so vary somewhat
    too little where rows are few. Draws from mixtures that are each fitted to a bootstrap sample of
    the rows are proper (Honaker and King 2010), as in the example.

    Parameters
    ----------
    estimates : array-like of shape (m, ...)
        What was estimated from each of the m imputed data sets; at least two.
    variances : array-like of shape (m, ...)
        The squared standard errors that each analysis gave.
    degrees_of_freedom : float, optional
        What the analysis would have if nothing were missing, such as n - 1 for a mean of n rows.
        With it, those of Barnard and Rubin (1999), which are never more; without it, Rubin's
        (1987), for many rows.

    Returns
    -------
    pooled : Pooled

    Raises
    ------
    ValueError
        Where shapes differ, there is one imputation only, or a variance is not positive.

    References
    ----------
    Rubin, D. B. (1987). Multiple Imputation for Nonresponse in Surveys. Wiley.

    Barnard, J. and Rubin, D. B. (1999). Small-sample degrees of freedom with multiple imputation.
    Biometrika 86, 948-955.

    Honaker, J. and King, G. (2010). What to do about missing values in time-series cross-section
    data. American Journal of Political Science 54, 561-581.

    Examples
    --------
    The mean of the second feature, where it is missing in every third row:

    >>> import numpy as np
    >>> import mixtura as mx
    >>> rng = np.random.RandomState(0)
    >>> X = rng.multivariate_normal([0, 5], [[1, 0.8], [0.8, 1]], size=90)
    >>> X[::3, 1] = np.nan
    >>> imputer = mx.MixtureImputer(sample_posterior=True, random_state=rng)
    >>> estimates, variances = [], []
    >>> for _ in range(20):
    ...     counts = np.bincount(rng.randint(90, size=90), minlength=90)
    ...     filled = imputer.fit(X, sample_weight=counts).transform(X)
    ...     estimates.append(filled[:, 1].mean())
    ...     variances.append(filled[:, 1].var(ddof=1) / 90)
    >>> pooled = mx.pool_imputations(estimates, variances, degrees_of_freedom=89)
    >>> low, high = pooled.interval()
    >>> print(f"{pooled.estimate:.2f}, between {low:.2f} and {high:.2f}")
    5.04, between 4.81 and 5.26
    """
    q, u = np.asarray(estimates, dtype=np.float64), np.asarray(variances, dtype=np.float64)
    _check(q, u, degrees_of_freedom)
    m = len(q)
    between = (1 + 1 / m) * q.var(axis=0, ddof=1)
    total = u.mean(axis=0) + between
    share = between / total
    reciprocal = share**2 / (m - 1)  # 1 over Rubin's degrees of freedom
    fraction_missing = share + (1 - share) * 2 * reciprocal / (1 + 3 * reciprocal)
    if degrees_of_freedom is not None:
        nu = degrees_of_freedom
        reciprocal = reciprocal + 1 / ((nu + 1) / (nu + 3) * nu * (1 - share))
    with np.errstate(divide="ignore", over="ignore"):  # infinite where nothing is missing
        degrees = np.divide(1.0, reciprocal)
    return Pooled(q.mean(axis=0), np.sqrt(total), degrees, fraction_missing)


def _check(estimates: Float, variances: Float, degrees_of_freedom: float | None) -> None:
    if estimates.shape != variances.shape:
        raise ValueError(
            "estimates and variances must have the same shape, but theirs are "
            f"{estimates.shape} and {variances.shape}."
        )
    if estimates.ndim == 0 or len(estimates) < 2:
        raise ValueError(
            "At least two imputations are needed, along the first axis, to tell how much they "
            f"vary, but the shape is {estimates.shape}."
        )
    if not (np.isfinite(estimates).all() and np.isfinite(variances).all()):
        raise ValueError("estimates or variances contain NaN or infinity.")
    if not (variances > 0).all():
        raise ValueError(f"variances must be positive, but the least is {variances.min():.6g}.")
    if degrees_of_freedom is not None and not 0 < degrees_of_freedom < np.inf:
        raise ValueError(
            f"degrees_of_freedom must be positive and finite, but it is {degrees_of_freedom}; "
            "leave it out where rows are many."
        )
