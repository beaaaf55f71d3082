"""What likelihood-ratio tests of K components against K + 1 say."""

from dataclasses import dataclass

import numpy as np

from mixtura.distribution import Mixture
from mixtura.typing import Float


@dataclass(frozen=True, eq=False)
class LikelihoodRatioTest:
    """One test of K components against K + 1.

    Attributes
    ----------
    null, alternative : Mixture
        The fits with K and K + 1 components.
    statistic : float
        2 (log L_{K+1} - log L_K).
    null_draws : ndarray of shape (B,)
        The same of rows drawn from the fit with K, for each draw that did not fail.
    failures : tuple of str
        Why the others failed, a sentence for each.
    """

    null: Mixture
    alternative: Mixture
    statistic: float
    null_draws: Float
    failures: tuple[str, ...]

    @property
    def n_components(self) -> int:
        """K."""
        return self.null.n_components

    @property
    def n_failed(self) -> int:
        """How many draws could not be fitted; they do not count in the p-value."""
        return len(self.failures)

    @property
    def p_value(self) -> float:
        """(1 + #{null_draws >= statistic}) / (B + 1)."""
        n_as_large = int(np.count_nonzero(self.null_draws >= self.statistic))
        return (1 + n_as_large) / (len(self.null_draws) + 1)


@dataclass(frozen=True, eq=False)
class BootstrapTest:
    """Tests of K against K + 1 components, for one K after the other; `str` makes a table of it.

    Attributes
    ----------
    tests : tuple of LikelihoodRatioTest
        The last is the first whose p-value is not below the level, or that of the last K asked for.
    level : float
    """

    tests: tuple[LikelihoodRatioTest, ...]
    level: float

    @property
    def n_components(self) -> int:
        """The first K that is enough; one more than the last K where none was."""
        last = self.tests[-1]
        return last.n_components + (last.p_value < self.level)

    def __str__(self) -> str:
        lines = ["components  statistic  p-value  draws  failed"]
        lines += [
            f"{test.n_components:>4} or {test.n_components + 1:<2}  {test.statistic:9.2f}  "
            f"{test.p_value:7.4f}  {len(test.null_draws):5}  {test.n_failed:6}"
            for test in self.tests
        ]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"BootstrapTest(n_components={self.n_components}, {len(self.tests)} tests)"
