"""Traces as files keep them."""

from mixtura.distribution import Record
from mixtura.em.stopping import Outcome, Trace


def trace_record(trace: Trace) -> Record:
    """What JSON can hold of a run."""
    posteriors = {"log_posteriors": list(trace.log_posteriors)} if trace.log_posteriors else {}
    return {
        "outcome": trace.outcome.name,
        "lower_bounds": list(trace.lower_bounds),
        "repairs": [[iteration, list(components)] for iteration, components in trace.repairs],
        **posteriors,
    }


def trace_of(run: Record) -> Trace:
    """The run that a record tells of, which is trusted."""
    return Trace(
        Outcome[run["outcome"]],
        tuple(float(bound) for bound in run["lower_bounds"]),
        tuple((iteration, tuple(components)) for iteration, components in run["repairs"]),
        tuple(float(value) for value in run.get("log_posteriors", ())),
    )
