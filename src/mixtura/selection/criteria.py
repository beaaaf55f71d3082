"""What fits are compared by: the formulas.

    BIC = -2 log L + p log n        Schwarz (1978)
    AIC = -2 log L + 2 p            Akaike (1974)
    ICL = BIC - 2 sum_i w_i log max_k r_ik        Biernacki, Celeux and Govaert (2000)

Lower is better, as in scikit-learn. With sample weights, n is their sum.
"""

import math
from dataclasses import dataclass

CRITERIA = ("bic", "icl", "aic", "cv")
"""By name; "cv" is the log-likelihood of rows held out, of which more is better."""


@dataclass(frozen=True)
class Criteria:
    """The criteria of a fit.

    Attributes
    ----------
    bic, aic, icl : float
    """

    bic: float
    aic: float
    icl: float

    @classmethod
    def of(
        cls, log_likelihood: float, n_parameters: int, n: float, log_certainty: float
    ) -> "Criteria":
        """From log L, p, n and sum_i w_i log max_k r_ik."""
        bic = -2 * log_likelihood + n_parameters * math.log(n)
        aic = -2 * log_likelihood + 2 * n_parameters
        return cls(bic, aic, bic - 2 * log_certainty)
