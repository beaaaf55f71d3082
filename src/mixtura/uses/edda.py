"""EDDA: discriminant analysis with one Gaussian a class, and covariances of one family.

A family says what the classes share: EEE is linear discriminant analysis, VVV quadratic, and the
others lie between. With labels and complete rows the fit is one M-step; where labels or entries are
missing it is EM.

Bensmail, H. and Celeux, G. (1996). Regularized Gaussian discriminant analysis through eigenvalue
decomposition. Journal of the American Statistical Association 91, 1743-1748.
"""

import math
from dataclasses import dataclass
from itertools import islice

import numpy as np

from mixtura.distribution import Mixture
from mixtura.em import Steps, Stopping, Trace, accelerate, iterate
from mixtura.em.loop import run
from mixtura.em.search.candidate import thin_components
from mixtura.em.start.assignment import mixture_of
from mixtura.em.watch import Watchers
from mixtura.errors import DegenerateFitError
from mixtura.family import FAMILIES, Family, Restricted
from mixtura.typing import ArrayD, ArrayK
from mixtura.uses.class_model import ClassModel
from mixtura.uses.labelled import Labelled

STARTS = ("tied", "EEI")
"""Families that few labelled rows of each class can tell; EM begins there for all."""

TRIED = 20
"""Iterations after which the highest of the starts is taken."""


@dataclass(frozen=True, eq=False)
class Rules:
    """How EM runs.

    Attributes
    ----------
    reg_covar, thinnest : float or ndarray of shape (d,)
        As of `Steps`.
    stopping : Stopping
    priors : ndarray of shape (C,), optional
        p(c), where it is given and not estimated.
    """

    reg_covar: float | ArrayD
    thinnest: float | ArrayD
    stopping: Stopping
    priors: ArrayK | None = None


@dataclass(frozen=True, eq=False)
class ClassFit:
    """A model, and how it was fitted.

    Attributes
    ----------
    model : ClassModel
    trace : Trace
    log_likelihood : float
        That of labelled rows with their classes, and of the others.
    n_parameters : int
    n : float
        The sum of the weights.
    is_admissible : bool
        Whether rows tell every covariance, and not what was added to it.
    """

    model: ClassModel
    trace: Trace
    log_likelihood: float
    n_parameters: int
    n: float
    is_admissible: bool

    @property
    def bic(self) -> float:
        """-2 log L + p log n."""
        return -2 * self.log_likelihood + self.n_parameters * math.log(self.n)


def fitted(labelled: Labelled, family: Family, rules: Rules) -> ClassFit | None:
    """One Gaussian a class; None where some class has too few rows for the family."""
    steps = _steps(labelled, family, rules)
    some_help = bool(len(labelled.without_label))
    turns = accelerate if some_help or steps.source.is_incomplete else iterate
    try:
        start = _best_start(labelled, steps, rules) if some_help else _of_labels(labelled, steps)
        if start is None:
            return None
        mixture, trace = run(start, steps, rules.stopping, Watchers(()), turns)
    except DegenerateFitError:
        return None
    if trace.repairs:  # a class that collapses is repaired from another one
        return None
    mixture = mixture.with_accurate_factors()
    n_free = family.n_parameters(*mixture.means.shape)
    return ClassFit(
        ClassModel(mixture, np.arange(labelled.n_classes)),
        trace,
        steps.expect(mixture).log_likelihood,
        n_free if rules.priors is None else n_free - labelled.n_classes + 1,
        steps.total_weight,
        _has_extent(mixture, steps),
    )


def _steps(labelled: Labelled, family: Family, rules: Rules) -> Steps:
    n_classes, n_features = labelled.n_classes, labelled.rows.shape[1]
    own = [np.array([c]) for c in range(n_classes)]
    engine, source = labelled.source(own, n_classes * n_features, (family.need.name,))
    m_step = family if rules.priors is None else Restricted(family, weights=rules.priors)
    return Steps(engine, source, m_step, rules.reg_covar, rules.thinnest)


def _of_labels(labelled: Labelled, steps: Steps) -> Mixture | None:
    """The M-step of labelled rows; None where a class collapses."""
    known = labelled.with_label
    _, source = known.source([None] * known.n_classes, known.rows.shape[1], ())
    try:
        mixture, repaired = mixture_of(known.classes, known.n_classes, source, steps)
    except DegenerateFitError:
        return None
    return None if repaired else mixture


def _best_start(labelled: Labelled, steps: Steps, rules: Rules) -> Mixture | None:
    """The M-step of the labelled rows in whichever family EM climbs best from."""
    others = [_steps(labelled, FAMILIES[name], rules) for name in STARTS]
    begun = [_of_labels(labelled, each) for each in (*others, steps)]
    starts = [start for start in begun if start is not None and _has_extent(start, steps)]
    return max(starts, key=lambda start: _after_a_while(start, steps), default=None)


def _after_a_while(start: Mixture, steps: Steps) -> float:
    try:
        *_, last = islice(iterate(start, steps), TRIED)
    except DegenerateFitError:
        return -math.inf
    return -math.inf if last.repaired else last.moments.log_likelihood


def _has_extent(mixture: Mixture, steps: Steps) -> bool:
    """Whether no covariance is as good as singular along some axis."""
    return not thin_components(mixture, steps).any()
