"""The program, and a folder of its own to run in."""

import pytest

from support.program import Program


@pytest.fixture
def mixtura(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    return Program(monkeypatch, capsys)
