"""How one batch more changes a mixture that follows a stream: `GaussianMixture.partial_fit`."""

import math
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from mixtura.distribution import Mixture, Record
from mixtura.em import Outcome, Pace, Running, Steps, Trace, step_with
from mixtura.em.scale import mean_and_covariance_of
from mixtura.estimators.beginning import beginning_of
from mixtura.estimators.record import count
from mixtura.estimators.restrictions import AUTO_REG_COVAR, m_step_with
from mixtura.estimators.rows import Told
from mixtura.family import Family, Restricted
from mixtura.moments import Moments, believed
from mixtura.typing import ArrayD, Float

MOST_TOLD = 1000
"""Of so many steps the history tells: a stream need not end."""


class Taken(NamedTuple):
    """What a batch has led to."""

    mixture: Mixture
    running: Running
    trace: Trace


def begun_with(estimator: Any, family: Family, batch: Told) -> Running:
    """The moments of a batch under the mixture that has been fitted to it."""
    steps = _steps(estimator, family, batch, _reg_covar(estimator, None))
    moments = steps.expect(estimator.mixture_, family.need_to_keep())
    return Running(moments, 1, moments.total_weight)


def taken_in(
    estimator: Any, family: Family, running: Running | None, weight: float, batch: Told
) -> Taken:
    """What a fitted estimator becomes with one batch more.

    Parameters
    ----------
    estimator : GaussianMixture
    family : Family
        Of its covariances.
    running : Running or None
        None where the rows of its fit are gone: they are taken for what the mixture says of them.
    weight : float
        Theirs.
    batch : Told
        At least one row of it has weight.
    """
    mixture: Mixture = estimator.mixture_
    reg_covar, begins = _reg_covar(estimator, running), running is None
    if running is None:
        running = _resumed(estimator, family, weight, batch, reg_covar)
    change = np.asarray(reg_covar) - running.moments.reg_covar
    running = replace(running, moments=running.moments.regularized(change))
    beginning = beginning_of(estimator, family, batch, continued=True)
    of_rows = partial(mean_and_covariance_of, running.moments)
    m_step = m_step_with(estimator, family, beginning, batch.n_features, of_rows)
    if begins and isinstance(m_step, Restricted) and m_step.prior is not None:
        running = replace(running, moments=m_step.prior.without(running.moments))
    steps = _steps(estimator, m_step, batch, reg_covar)
    pace = Pace(estimator.step_exponent, estimator.half_life)
    mixture, running, repaired = step_with(mixture, running, steps, pace)
    moments = running.moments
    log_posterior = None if estimator.prior is None else steps.objective(mixture, moments)
    return Taken(mixture, running, _trace(estimator, running, repaired, log_posterior))


def _steps(
    estimator: Any, m_step: Family | Restricted, batch: Told, reg_covar: float | ArrayD
) -> Steps:
    width = estimator.n_components * batch.n_features
    need = m_step.need_to_keep()
    engine, source = batch.opened(width, (estimator.mixture_.storage.kind, need.name))
    return Steps(engine, source, m_step, reg_covar)


def _reg_covar(estimator: Any, running: Running | None) -> float | ArrayD:
    """A number; or for "auto" a share of the variances at the beginning of the stream."""
    if estimator.reg_covar != "auto":
        return float(estimator.reg_covar)
    if running is not None:
        return running.moments.reg_covar
    mixture: Mixture = estimator.mixture_
    away = (mixture.means - mixture.mean()) ** 2
    variances: ArrayD = mixture.weights @ (mixture.storage.variances() + away)
    return AUTO_REG_COVAR * variances


def _resumed(
    estimator: Any, family: Family, weight: float, batch: Told, reg_covar: float | ArrayD
) -> Running:
    mixture, told = estimator.mixture_, estimator.lower_bound_
    if not math.isfinite(told):  # of a start that was kept as it was
        told = _steps(estimator, family, batch, reg_covar).expect(mixture).mean_log_likelihood
    return Running(believed(mixture, family.need_to_keep(), weight, told, reg_covar), 1, weight)


def _trace(
    estimator: Any, running: Running, repaired: tuple[int, ...], log_posterior: float | None
) -> Trace:
    """The steps so far, the last of which may have repaired components."""
    goes_on = estimator.outcome_ is Outcome.STREAM
    last: Trace = estimator.history_[-1] if goes_on else Trace(estimator.outcome_, (), (), ())
    bounds = (*last.lower_bounds, running.moments.mean_log_likelihood)
    posteriors = () if log_posterior is None else (*last.log_posteriors, log_posterior)
    repairs = ((running.n_steps, repaired),) if repaired else ()
    return Trace(Outcome.STREAM, bounds[-MOST_TOLD:], repairs, posteriors[-MOST_TOLD:])


def running_record(running: Running) -> Record:
    """What a model file keeps of the stream so far."""
    moments = running.moments
    return {
        "n_steps": running.n_steps,
        "seen": running.seen,
        "remembered": moments.total_weight,
        "log_likelihood": moments.log_likelihood,
        "reg_covar": np.asarray(moments.reg_covar, dtype=np.float64).tolist(),
        "counts": moments.counts.tolist(),
        "sums": moments.sums.tolist(),
        "scatter": moments.scatter.tolist(),
        "centres": moments.centres.tolist(),
    }


def running_of(record: Record, mixture: Mixture, family: Family) -> Running:
    """The same from a model file, of a mixture of this family."""
    need = family.need_to_keep()
    like = believed(mixture, need, 1.0, 0.0)
    arrays = {
        name: _array(record[name], getattr(like, name).shape, name)
        for name in ("counts", "sums", "scatter", "centres")
    }
    reg_covar = np.array(record["reg_covar"], dtype=np.float64)
    if reg_covar.shape not in {(), (mixture.n_features,)} or not (reg_covar >= 0).all():
        raise ValueError("the reg_covar of its stream does not belong to its mixture.")
    numbers = _array([record[name] for name in ("seen", "remembered")], (2,), "seen")
    if not ((numbers > 0).all() and (arrays["counts"] >= 0).all()):
        raise ValueError("the counts of its stream are not positive.")
    moments = Moments(
        **arrays,
        need=need,
        total_weight=float(numbers[1]),
        log_likelihood=float(_array(record["log_likelihood"], (), "log_likelihood")),
        reg_covar=reg_covar if reg_covar.ndim else float(reg_covar),
    )
    return Running(moments, count(record["n_steps"]), float(numbers[0]))


def _array(values: Any, shape: tuple[int, ...], name: str) -> Float:
    array = np.array(values, dtype=np.float64)
    if array.shape != shape or not np.isfinite(array).all():
        raise ValueError(f"the {name} of its stream do not belong to its mixture.")
    return array
