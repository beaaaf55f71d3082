"""The cells of `mixtura select` as they are fitted: a table on a terminal, else plain lines."""

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic

from rich import box
from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from mixtura.cli import console, progress
from mixtura.selection.record import CellRecord
from mixtura.selection.sweep_watcher import watching_sweeps

NAMES = {"bic": "BIC", "icl": "ICL", "aic": "AIC", "cv": "cross-validation"}

SECONDS_BETWEEN_LOOKS = 0.1

WIDTH = 8
"""Of a column of scores, with the space beside it."""

SIGNS = {"failed": "-", "stopped": "."}
"""What stands for a cell without a score."""


@contextmanager
def shown(numbers: Sequence[int], families: Sequence[str], *, quiet: bool) -> Iterator["Kept"]:
    """Show every cell that is fitted within the `with` block, and keep the whole table."""
    kept = Kept()
    with watching_sweeps(kept):
        if quiet:
            yield kept
        elif console.err.is_terminal:
            live = Live(console=console.err, auto_refresh=False)
            with live, watching_sweeps(Grid(live, numbers, families)):
                yield kept
        else:
            with watching_sweeps(Lines()):
                yield kept


class Kept:
    """What a sweep has told at its end.

    Attributes
    ----------
    records : tuple of CellRecord
        The whole table, the best cell first.
    """

    records: tuple[CellRecord, ...] = ()

    def begin_sweep(self, n_cells: int, criterion: str) -> None:
        pass

    def cell(self, record: CellRecord) -> None:
        pass

    def end_sweep(self, records: tuple[CellRecord, ...]) -> None:
        self.records = records


class Lines:
    """A line every few seconds."""

    def begin_sweep(self, n_cells: int, criterion: str) -> None:
        self.seen = Seen(n_cells, criterion)
        self.last_line = monotonic()

    def cell(self, record: CellRecord) -> None:
        self.seen.add(record)
        if monotonic() - self.last_line > progress.SECONDS_BETWEEN_LINES:
            self.last_line = monotonic()
            console.say(self.seen.in_words())

    def end_sweep(self, records: tuple[CellRecord, ...]) -> None:
        pass


class Grid:
    """A live table: families by numbers of components, or the other way round if these are many."""

    def __init__(self, live: Live, numbers: Sequence[int], families: Sequence[str]) -> None:
        self.live, self.numbers, self.families = live, numbers, families
        self.last_look = -math.inf

    def begin_sweep(self, n_cells: int, criterion: str) -> None:
        self.seen = Seen(n_cells, criterion)
        self._look()

    def cell(self, record: CellRecord) -> None:
        self.seen.add(record)
        if monotonic() - self.last_look > SECONDS_BETWEEN_LOOKS:
            self._look()

    def end_sweep(self, records: tuple[CellRecord, ...]) -> None:
        for record in records:
            self.seen.add(record)
        self._look()

    def _look(self) -> None:
        self.last_look = monotonic()
        notes = [self.seen.in_words(), *self.seen.explanations()]
        self.live.update(Group(self._table(), *(Text(note) for note in notes)), refresh=True)

    def _table(self) -> Table:
        fits = len(self.numbers) * WIDTH + 4 <= self.live.console.width
        upright = fits or len(self.numbers) <= len(self.families)
        headings = self.numbers if upright else self.families
        table = Table(box=box.HORIZONTALS, padding=(0, 1, 0, 0), pad_edge=False, header_style="")
        table.add_column("K")
        for heading in headings:
            table.add_column(str(heading), justify="right", no_wrap=True)
        if upright:
            for family in self.families:
                table.add_row(family, *(self.seen.text(k, family) for k in self.numbers))
        else:
            for k in self.numbers:
                table.add_row(str(k), *(self.seen.text(k, family) for family in self.families))
        return table


class Seen:
    """The last word on each cell."""

    def __init__(self, n_cells: int, criterion: str) -> None:
        self.n_cells, self.criterion = n_cells, criterion
        self.records: dict[tuple[int, str], CellRecord] = {}

    def add(self, record: CellRecord) -> None:
        """Another word on a cell."""
        self.records[record.n_components, record.covariance_type] = record

    def text(self, n_components: int, family: str) -> Text:
        """The score of a cell: bold if it is the best, in brackets if it is not admissible."""
        record = self.records.get((n_components, family))
        if record is None:
            return Text("")
        if record.status in SIGNS:
            return Text(SIGNS[record.status], style="dim")
        score = digits(score_of(record, self.criterion))
        if record is self.best:
            return Text(score, style="bold reverse")
        return Text(score) if record.admissible else Text(f"({score})", style="dim")

    @property
    def best(self) -> CellRecord | None:
        """The best of the admissible cells, or of all where none is; None without any."""
        return next(iter(ranked(self.records.values(), self.criterion)), None)

    def in_words(self) -> str:
        """How far the table is filled, and what leads."""
        said = f"{len(self.records)} of {self.n_cells} cells"
        if self.best is not None:
            score = digits(score_of(self.best, self.criterion))
            said += f"; best so far: {cell_in_words(self.best)}, {NAMES[self.criterion]} {score}"
        return said

    def explanations(self) -> list[str]:
        """What the signs mean that there are, with the reason where all cells give the same."""
        said = []
        for status, sign in SIGNS.items():
            reasons = {each.reason for each in self.records.values() if each.status == status}
            if reasons:
                reason = f": {reasons.pop()}" if len(reasons) == 1 else ""
                said.append(f"{sign}  {status}{reason}")
        if any(each.status == "fitted" and not each.admissible for each in self.records.values()):
            said.append("( )  a component on too few rows, or too thin")
        return said


def score_of(record: CellRecord, criterion: str) -> float:
    """The criterion of a cell; NaN where it has none."""
    score: float = getattr(record, criterion)
    return score


def ranked(records: Iterable[CellRecord], criterion: str) -> list[CellRecord]:
    """The cells with a score, the best first, and after all admissible ones the others."""
    sign = -1 if criterion == "cv" else 1
    scored = (record for record in records if math.isfinite(score_of(record, criterion)))
    return sorted(
        scored, key=lambda record: (not record.admissible, sign * score_of(record, criterion))
    )


def cell_in_words(record: CellRecord) -> str:
    """A family and its number of components."""
    plural = "" if record.n_components == 1 else "s"
    return f"{record.covariance_type} with {record.n_components} component{plural}"


def digits(score: float) -> str:
    """A score in seven letters, if possible."""
    return f"{score:.1f}" if abs(score) < 99_999 else f"{score:.0f}"
