"""Which files a name stands for, and whether they are still what they were."""

import os
from collections.abc import Collection
from glob import glob
from pathlib import Path

from mixtura.errors import DataFileError

Stamp = tuple[int, int]
"""The size of a file in bytes, and the time of its last change in nanoseconds."""


def paths_of(name: str, suffixes: Collection[str]) -> tuple[str, ...]:
    """A file, all files of a folder that end so, or those that a pattern names, in order.

    Of a folder, names that begin with a dot or an underline are left out, as other programs do:
    they are of files that are being written, or of notes about the others.

    Raises
    ------
    DataFileError
        Where there are none.
    """
    if Path(name).is_dir():
        inside = [
            str(path)
            for path in Path(name).rglob("*")
            if path.suffix.lower() in suffixes and not path.name.startswith((".", "_"))
        ]
        if not inside:
            raise DataFileError(f"The folder {name!r} holds no {', '.join(suffixes)} files.")
        return tuple(sorted(inside))
    if Path(name).exists():
        return (name,)
    found = sorted(glob(name, recursive=True))  # noqa: PTH207 - of absolute patterns too
    if not found:
        raise DataFileError(f"There is no file {name!r}.")
    return tuple(found)


def stamp_of(path: str) -> Stamp:
    """What changes with a file."""
    try:
        status = Path(path).stat()
    except OSError as error:
        raise DataFileError(f"{path!r} cannot be read: {error.strerror}.") from error
    return status.st_size, status.st_mtime_ns


def check_unchanged(paths: Collection[str], stamps: Collection[Stamp]) -> None:
    """Refuse files that have changed: each pass must see the same rows."""
    for path, stamp in zip(paths, stamps, strict=True):
        if stamp_of(path) != stamp:
            raise DataFileError(f"{path!r} has changed since it was first read.")


def check_not_read(path: str | os.PathLike[str], paths: Collection[str]) -> None:
    """Refuse to write over what is read."""
    target = Path(path)
    if target.exists() and any(Path(each).exists() and target.samefile(each) for each in paths):
        raise DataFileError(
            f"{os.fspath(path)!r} is read: it would be overwritten; choose another."
        )
