"""The pages show code of the source: what they name is there, and shown as it is."""

import re
from textwrap import dedent

import pytest

from support.paths import ROOT

PAGES = sorted((ROOT / "docs").glob("*.md"))
EXCERPT = re.compile(r"^\[`(\S+\.py)`\][^\n]*\n\n```python\n(.*?)\n```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def excerpts(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "docs" / "make")
    import excerpts

    return excerpts


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_excerpt_is_code_of_its_file(excerpts, page):
    shown = excerpts.with_excerpts(page.read_text())
    assert "```source" not in shown
    for path, code in EXCERPT.findall(shown):
        lines = (ROOT / "src" / "mixtura" / path).read_text().splitlines()
        n = len(code.splitlines())
        pieces = (dedent("\n".join(lines[i : i + n])) for i in range(len(lines) - n + 1))
        assert code in pieces, path


def test_the_idea_shows_each_step(excerpts):
    shown = excerpts.files_shown((ROOT / "docs" / "idea.md").read_text())
    steps = {
        "distribution/posterior.py",
        "moments/expect.py",
        "moments/moments.py",
        "family/base.py",
        "family/full.py",
        "em/loop.py",
        "em/stopping.py",
        "em/repair.py",
    }
    assert steps <= shown


def test_what_is_gone_is_an_error(excerpts):
    with pytest.raises(LookupError, match="has no dance"):
        excerpts.with_excerpts("```source\nem/loop.py: dance\n```")
    with pytest.raises(LookupError, match="No line begins with 'sleep'"):
        excerpts.with_excerpts("```source\nem/loop.py: iterate\nwhile ... sleep\n```")
