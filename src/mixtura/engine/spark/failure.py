"""Why Spark gave up, in a sentence."""

from collections.abc import Callable
from typing import TypeVar

from py4j.protocol import Py4JError, Py4JJavaError
from pyspark.errors import PySparkException

from mixtura.errors import MixturaError

T = TypeVar("T")

TRACEBACK = "Traceback (most recent call last)"
JAVA_TRACE = "\n\tat "


def run(job: Callable[[], T]) -> T:
    """What a job gives.

    Raises
    ------
    MixturaError
        Where Spark gives up. Its log has the traces.
    """
    try:
        return job()
    except (PySparkException, Py4JError) as error:
        raise MixturaError(f"Spark gave up: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    """The sentence at the bottom: of a Python worker, or of the first Java exception."""
    text = str(error)
    if isinstance(error, Py4JJavaError):
        cause = error.java_exception
        while cause.getCause() is not None:
            cause = cause.getCause()
        text = str(cause.getMessage() or cause.toString())
    text = text.split(JAVA_TRACE)[0]
    lines = [line.strip() for line in text.splitlines() if line.strip()] or [type(error).__name__]
    if TRACEBACK in text:
        after = lines[max(i for i, line in enumerate(lines) if TRACEBACK in line) :]
        return after[-1]
    return lines[0]
