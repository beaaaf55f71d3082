"""Every code block of the README and the documentation is run.

Python blocks of a page run one after the other in one namespace. Console blocks are commands with
their output, which must be what the page shows. The two bash blocks of the README set the machine
up; `.ci/run` runs them word for word.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys

import pytest

from support.paths import ROOT

PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page, language):
    return [body for name, body in FENCE.findall(page.read_text()) if name == language]


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("checkout")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_blocks_run(page):
    namespace = {"__name__": "__main__"}
    for block in blocks(page, "python"):
        exec(compile(block, str(page), "exec"), namespace)


@pytest.mark.usefixtures("checkout")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_console_blocks_print_what_they_show(page):
    for block in blocks(page, "console"):
        for command, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
            printed = run(command)
            assert [line.rstrip() for line in printed.splitlines()] == shown.splitlines(), command


def run(command):
    program, *arguments = shlex.split(command)
    assert program == "mixtura"
    code = "import sys; from mixtura.cli import main; sys.exit(main())"
    result = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        env=os.environ | {"COLUMNS": "80"},
    )
    assert result.returncode == 0, result.stderr
    return result.stdout + result.stderr


def test_the_readme_has_exactly_two_set_up_commands_and_ci_runs_them():
    commands = blocks(ROOT / "README.md", "bash")
    assert len(commands) == 2
    assert all(command.startswith("python3 -m venv") for command in commands)
    assert "grep '^python3 -m venv' README.md" in (ROOT / ".ci" / "run").read_text()


def test_no_block_escapes():
    for page in PAGES:
        languages = {name for name, _ in FENCE.findall(page.read_text())}
        allowed = {"python", "console"} | ({"bash"} if page.name == "README.md" else set())
        assert languages <= allowed, page
        assert page.read_text().count("```") == 2 * len(FENCE.findall(page.read_text())), page
