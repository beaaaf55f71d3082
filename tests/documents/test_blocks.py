"""Every code block of the README and the documentation is run, and prints what the page shows.

The two bash blocks of the README set the machine up; `.ci/run` runs them word for word.
"""

import re
import shutil

import matplotlib.pyplot as plt
import pytest
from threadpoolctl import threadpool_limits

from documents.pages import FENCE, blocks, with_outputs
from support.paths import ROOT
from support.spark import WARNING, skip_without_spark

README = ROOT / "README.md"
PAGES = sorted([README, *(ROOT / "docs").rglob("*.md")])
DECIMAL = re.compile(r"(-?\d+\.\d+(?:e[+-]?\d+)?)")

RUN = {"python", "text", "console"}
RENDERED = {"cards", "source", "options", "outcomes", "schema", "schema-text"}
"""What `docs/make/hooks.py` puts something in the place of."""


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    with threadpool_limits(1):  # small problems are fastest so
        yield tmp_path
    plt.close("all")


@pytest.mark.usefixtures("checkout")
@pytest.mark.filterwarnings(WARNING)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_blocks_print_what_the_page_shows(page):
    """Up to the last digits of decimals, which differ from machine to machine."""
    shown = page.read_text()
    if "SparkSession" in shown:
        skip_without_spark()
    printed = with_outputs(shown)
    assert DECIMAL.sub("#", printed) == DECIMAL.sub("#", shown)
    numbers = [[float(number) for number in DECIMAL.findall(text)] for text in (printed, shown)]
    assert numbers[0] == pytest.approx(numbers[1], rel=1e-6)


def test_the_readme_has_exactly_two_set_up_commands_and_ci_runs_them():
    commands = blocks(README.read_text(), "bash")
    assert len(commands) == 2
    assert all(command.startswith("python3 -m venv") for command in commands)
    assert "grep '^python3 -m venv' README.md" in (ROOT / ".ci" / "run").read_text()


def test_pages_set_up_as_the_readme_does():
    commands = blocks(README.read_text(), "bash")
    for page in PAGES:
        for block in blocks(page.read_text(), "bash"):
            assert any(command.startswith(block.strip()) for command in commands), page


def test_no_block_escapes():
    for page in PAGES:
        text = page.read_text()
        languages = {name for name, _ in FENCE.findall(text)}
        rendered = set() if page == README else RENDERED
        assert languages <= RUN | {"bash"} | rendered, page
        fences = re.findall(r"^```", text, re.MULTILINE)
        assert len(fences) == 2 * len(FENCE.findall(text)), page


def test_a_text_block_shows_what_the_python_block_before_it_prints():
    for page in PAGES:
        languages = [name for name, _ in FENCE.findall(page.read_text())]
        for before, language in zip(["", *languages], languages, strict=False):
            assert language != "text" or before == "python", page
