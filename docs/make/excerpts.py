"""Excerpts of the source, cut out when the site is built, so that they cannot go stale.

    ```source
    em/loop.py: iterate
    while True: ... yield
    ```

shows the body of a function without its docstring, or from the first line that begins with some
words to the first one after it that begins with others. It links to a page with the whole file.
"""

import ast
import re
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "mixtura"

FENCE = re.compile(r"^```source\n(?P<path>\S+): (?P<name>\S+)\n(?P<range>[^\n]+\n)?```$", re.M)


def with_excerpts(markdown: str) -> str:
    """A page with each `source` fence replaced by the code that it names."""
    return FENCE.sub(_excerpt, markdown)


def files_shown(markdown: str) -> set[str]:
    """The files that a page has excerpts of."""
    return {match["path"] for match in FENCE.finditer(markdown)}


def page_of(path: str) -> str:
    """Where the page with a whole file is, from the root of the site."""
    return f"source/{path.removesuffix('.py')}.md"


def page(path: str) -> str:
    """The page with a whole file."""
    code = (SOURCE / path).read_text()
    front = "---\nsearch: {exclude: true}\nhide: [toc]\n---\n"
    return f'{front}# {path}\n\n```python linenums="1"\n{code}```\n'


def lines_of(path: str, name: str) -> tuple[list[str], int]:
    """The lines of a function or method after its docstring, and the number of the first.

    Raises
    ------
    LookupError
        Where the file has no such function.
    """
    text = (SOURCE / path).read_text()
    node: ast.AST = ast.parse(text)
    for part in name.split("."):
        found = [
            child for child in ast.iter_child_nodes(node) if getattr(child, "name", "") == part
        ]
        if not found:
            raise LookupError(f"{path} has no {name}.")
        node = found[0]
    assert isinstance(node, ast.FunctionDef)
    body = node.body[1:] if ast.get_docstring(node) else node.body
    first, last = body[0].lineno, body[-1].end_lineno
    # Comments above the first statement belong to the code.
    lines = text.splitlines()
    while lines[first - 2].lstrip().startswith("#"):
        first -= 1
    return lines[first - 1 : last], first


def cut(lines: list[str], wanted: str) -> tuple[list[str], int]:
    """The lines from words to words, and how many were left out before."""
    begin, _, end = (words.strip() for words in wanted.partition(" ... "))
    first = _index(lines, begin, 0)
    last = _index(lines, end, first) if end else first
    return lines[first : last + 1], first


def _index(lines: list[str], words: str, start: int) -> int:
    for index, line in enumerate(lines[start:], start):
        if line.strip().startswith(words):
            return index
    raise LookupError(f"No line begins with {words!r}.")


def _excerpt(match: re.Match[str]) -> str:
    path, name = match["path"], match["name"]
    lines, number = lines_of(path, name)
    if match["range"]:
        lines, skipped = cut(lines, match["range"])
        number += skipped
    code = dedent("\n".join(lines))
    return (
        '<div class="excerpt" markdown>\n'
        f"[`{path}`]({page_of(path)}#__codelineno-0-{number}) `{name}`\n\n"
        f"```python\n{code}\n```\n</div>"
    )


def section_of_readme(title: str) -> str:
    """What the README says under a title, with its links as the pages need them."""
    text = (ROOT / "README.md").read_text()
    section = text.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]
    return section.replace("](docs/", "](").strip()
