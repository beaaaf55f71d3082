"""Files are whole or told to be damaged, and the one before is there to go on from."""

import errno
import hashlib
import json
import os
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixtura.em.checkpoint.folder import Folder, _content_of, _record_of, opened
from mixtura.errors import CheckpointError

RECORD = {"numbers": [0.1, 1e-300, 5e-324], "name": "é", "nothing": None}
CONTENT = _content_of(RECORD)


@pytest.fixture
def folder(tmp_path):
    with opened(tmp_path / "a" / "b") as folder:
        yield folder


def test_what_was_written_last_is_read(folder):
    assert folder.read() is None
    for record in (RECORD, {"second": 2}, {"third": 3}):
        folder.write(record)
        assert folder.read() == record


def test_the_one_before_is_kept_and_read_where_the_newest_is_gone(folder):
    folder.write({"first": 1})
    folder.write({"second": 2})
    folder.newest.unlink()
    assert folder.read() == {"first": 1}


def test_a_file_cut_off_anywhere_is_damaged():
    for n in range(len(CONTENT)):
        with pytest.raises(ValueError, match="is damaged"):
            _record_of(CONTENT[:n])
    assert _record_of(CONTENT) == RECORD


@given(st.integers(0, len(CONTENT) - 1), st.integers(1, 255))
def test_a_file_with_a_changed_byte_is_damaged(place, flip):
    changed = bytearray(CONTENT)
    changed[place] ^= flip
    with pytest.raises(ValueError, match="is damaged"):
        _record_of(bytes(changed))


def test_a_damaged_file_is_named_with_what_to_do(folder):
    folder.write({"first": 1})
    folder.newest.write_bytes(b"")
    with pytest.raises(CheckpointError, match=r"checkpoint.jsonl' is damaged.* begins anew"):
        folder.read()
    folder.newest.unlink()
    folder.write({"first": 1})
    folder.write({"second": 2})
    folder.newest.write_bytes(folder.newest.read_bytes()[:-3])
    with pytest.raises(CheckpointError, match=r"checkpoint.jsonl' is damaged.* Delete it"):
        folder.read()
    folder.newest.unlink()  # as the sentence says
    assert folder.read() == {"first": 1}


def test_a_newer_version_is_told_from_damage(folder):
    body = b"{}\n"
    digest = hashlib.sha256(body).hexdigest()
    head = {"format": "mixtura-checkpoint", "version": 2, "sha256": digest}
    folder.newest.write_bytes(json.dumps(head).encode() + b"\n" + body)
    with pytest.raises(CheckpointError, match="is of version 2, and this Mixtura reads version 1"):
        folder.read()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EIO])
@pytest.mark.parametrize("step", ["pathlib.Path.write_bytes", "os.fsync", "tempfile.mkstemp"])
def test_what_cannot_be_written_leaves_the_last_one(folder, monkeypatch, number, step):
    folder.write(RECORD)

    def refuse(*_, **__):
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(step, refuse)
        with pytest.raises(CheckpointError, match=os.strerror(number)):
            folder.write({"second": 2})
    assert folder.read() == RECORD
    left = {path.name for path in folder.path.iterdir()}
    assert left <= {"checkpoint.jsonl", "checkpoint-before.jsonl", "checkpoint.lock"}


def test_what_a_killed_process_left_half_written_is_swept_away(tmp_path):
    (tmp_path / ".checkpoint-abc.jsonl").write_bytes(CONTENT[:10])
    (tmp_path / "mine.jsonl").write_bytes(b"")
    with opened(tmp_path):
        assert {path.name for path in tmp_path.iterdir()} == {"mine.jsonl", "checkpoint.lock"}


def test_a_file_is_no_folder(tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"precious")
    for path in (file, file / "below"):
        with pytest.raises(CheckpointError, match="is a file"), opened(path):
            pass
    assert file.read_bytes() == b"precious"


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_to(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(CheckpointError, match="Permission denied"), opened(tmp_path / "new"):
        pass


def test_a_second_fit_in_the_same_folder_waits(tmp_path):
    with opened(tmp_path) as folder:
        folder.write(RECORD)
        with pytest.raises(CheckpointError, match="Another fit"), opened(tmp_path):
            pass
    with opened(tmp_path) as folder:
        assert folder.read() == RECORD


def test_a_file_system_without_locks_is_used_without(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("mixtura.em.checkpoint.folder._lock", refuse)
    with opened(tmp_path) as folder:
        folder.write(RECORD)
    assert isinstance(folder, Folder)
    assert folder.read() == RECORD
