"""The folder of a checkpoint: two files, the newest and the one before, and a lock.

A file is two lines of JSON, a head with the digest of what follows, and a record. It is written
beside its place and moved there, so that whenever a process ends one whole file is left at least.
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from mixtura._atomic import replacing
from mixtura.distribution import Record
from mixtura.errors import CheckpointError

if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


FORMAT = "mixtura-checkpoint"
VERSION = 1


@dataclass(frozen=True)
class Folder:
    """A folder that this process alone writes to."""

    path: Path

    @property
    def newest(self) -> Path:
        """The file that was written last."""
        return self.path / "checkpoint.jsonl"

    @property
    def before(self) -> Path:
        """The file that was written before it."""
        return self.path / "checkpoint-before.jsonl"

    def read(self) -> Record | None:
        """What was written last; None where nothing was.

        Raises
        ------
        CheckpointError
            Where that file is damaged.
        """
        for file in (self.newest, self.before):
            if file.exists():
                with _explained(self.path, "cannot be read"):
                    content = file.read_bytes()
                try:
                    return _record_of(content)
                except ValueError as error:
                    raise CheckpointError(f"{str(file)!r} {error} {self._remedy(file)}") from None
        return None

    def write(self, record: Record) -> None:
        """Write a record; what was the newest becomes the one before.

        Raises
        ------
        CheckpointError
            Where it cannot be written; the newest is then still there, under one of both names.
        """
        content = _content_of(record)
        failure = (
            "cannot be written; see to the cause, and the same fit goes on from what was kept last"
        )
        with _explained(self.path, failure), replacing(self.newest) as temporary:
            temporary.write_bytes(content)
            if self.newest.exists():
                self.newest.replace(self.before)

    def sweep(self) -> None:
        """Delete what a process that was killed while it wrote has left behind."""
        for left in self.path.glob(f".{self.newest.stem}-*{self.newest.suffix}"):
            left.unlink(missing_ok=True)

    def _remedy(self, damaged: Path) -> str:
        if damaged == self.newest and self.before.exists():
            with suppress(ValueError):
                _record_of(self.before.read_bytes())
                return "Delete it: the fit then goes on from the checkpoint before it."
        return "There is none before it that is whole: delete both, and the fit begins anew."


@contextmanager
def opened(path: Path) -> Iterator[Folder]:
    """The folder, made where it is not there, and locked until the end of the `with` block.

    The lock is the system's, and goes with the process however it ends. Where the file system has
    none, two processes at once spoil no file, but each overwrites the other's.
    """
    with _explained(path, "cannot be kept"):
        path.mkdir(parents=True, exist_ok=True)
        lock = (path / "checkpoint.lock").open("ab")
    with lock:
        try:
            _lock(lock)
        except (BlockingIOError, PermissionError):
            raise CheckpointError(
                f"Another fit is writing its checkpoint to {str(path)!r} right now; wait until it "
                "has ended, or take another folder."
            ) from None
        except OSError:  # a file system without locks
            pass
        folder = Folder(path)
        folder.sweep()
        yield folder


@contextmanager
def _explained(path: Path, failure: str) -> Iterator[None]:
    """Failures of the system, in a sentence."""
    try:
        yield
    except (FileExistsError, NotADirectoryError):
        raise CheckpointError(
            f"A checkpoint is kept in a folder, and {str(path)!r} is a file, or lies below one."
        ) from None
    except OSError as error:
        raise CheckpointError(
            f"The checkpoint in {str(path)!r} {failure}: {error.strerror or error}."
        ) from error


def _content_of(record: Record) -> bytes:
    body = json.dumps(record).encode() + b"\n"
    return _head_of(body) + body


def _head_of(body: bytes, version: Any = VERSION) -> bytes:
    digest = hashlib.sha256(body).hexdigest()
    return json.dumps({"format": FORMAT, "version": version, "sha256": digest}).encode() + b"\n"


def _record_of(content: bytes) -> Record:
    """The record, of which not a byte has changed."""
    head, newline, body = content.partition(b"\n")
    if head + newline != _head_of(body):
        version = _other_version(head, body)
        if version is not None:
            raise ValueError(
                f"is of version {version}, and this Mixtura reads version {VERSION}: continue with "
                "the one that wrote it, or begin anew."
            )
        raise ValueError("is damaged: it was cut off, or changed after it was written.")
    record: Record = json.loads(body)
    return record


def _other_version(head: bytes, body: bytes) -> Any:
    """The version of a whole checkpoint that a newer Mixtura has written; else None."""
    with suppress(ValueError, TypeError, KeyError):
        version = json.loads(head)["version"]
        return version if head + b"\n" == _head_of(body, version) else None
    return None
