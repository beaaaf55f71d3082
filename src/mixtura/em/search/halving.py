"""Short runs of EM, and successive halving: the better half goes on for twice as long.

Biernacki, C., Celeux, G. and Govaert, G. (2003). Choosing starting values for the EM algorithm for
getting the highest likelihood in multivariate Gaussian mixture models. Computational Statistics and
Data Analysis 41, 561-575.
Jamieson, K. and Talwalkar, A. (2016). Non-stochastic best arm identification and hyperparameter
optimization. AISTATS 51, 240-248.
"""

from collections.abc import Sequence

from mixtura.distribution import Mixture
from mixtura.em.search.candidate import Candidate
from mixtura.em.search.climb import best_first
from mixtura.em.steps import Steps
from mixtura.em.stopping import Stopping
from mixtura.em.together import run_each


def halved(
    starts: Sequence[Mixture], steps: Steps, n_kept: int, first_run: int = 8
) -> list[Mixture]:
    """The mixtures that the best `n_kept` runs came to, the best first; fewer where runs fail.

    The shortest runs have `first_run` iterations.
    """
    iterations = first_run
    while len(starts) > n_kept:
        shorts = run_each(starts, steps, Stopping(0.0, iterations))
        if not shorts:
            return []
        ranked = best_first(Candidate.each_ended(shorts, steps))
        starts = [each.mixture for each in ranked[: max(n_kept, len(ranked) // 2)]]
        iterations *= 2
        if len(shorts) <= n_kept:
            break
    return list(starts)
