"""What MkDocs calls while it builds the site: formulas, excerpts, tables and pictures.

Beside code, pages hold fences that something is put in the place of: `source` (see `excerpts.py`),
`cards` (see `cards.py`), `options` with the name of a verb, `schema`, `schema-text` and `outcomes`;
and comments, such as `<!-- README: Use -->`, for a section of the README. Of
`![...](pictures/NAME.svg)`, one picture is drawn for light pages and one for dark ones.
"""

import re
from typing import Any

from cards import cards
from excerpts import files_shown, page, page_of, section_of_readme, with_excerpts
from formulas import Formulas
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from pictures import PICTURES, drawn
from reference import outcomes, polished
from tables import entries_of_schema, options_of, schema_text

FENCES = {
    "cards": cards,
    "outcomes": lambda _: outcomes(),
    "options": lambda body: options_of(body.strip()),
    "schema": lambda _: entries_of_schema(),
    "schema-text": lambda _: f"```json\n{schema_text()}```",
}
FENCE = re.compile(rf"^( *)```({'|'.join(FENCES)})\n(.*?) *```$", re.MULTILINE | re.DOTALL)
WIDE = {"combinations.md"}
"""Pages that need the whole width, and are written by a program."""

README = re.compile(r"<!-- README: (.+?) -->")
PICTURE = re.compile(r"(!\[[^\]]*\]\((?:\.\./)?pictures/\w+)\.svg\)")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Teach Markdown formulas."""
    config.markdown_extensions.append(Formulas())  # type: ignore[arg-type]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages of source files and the pictures."""
    shown: set[str] = set()
    for file in files.documentation_pages():
        shown |= files_shown(file.content_string)
    for path in sorted(shown):
        files.append(File.generated(config, page_of(path), content=page(path)))
    for name in PICTURES:
        for scheme in ("light", "dark"):
            uri = f"pictures/{name}-{scheme}.svg"
            files.append(File.generated(config, uri, content=drawn(name, scheme)))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Replace what stands for something else."""
    if page.file.src_uri.startswith("source/"):
        return markdown
    if page.file.src_uri in WIDE:
        page.meta["hide"] = ["toc"]
    markdown = README.sub(lambda match: section_of_readme(match[1]), markdown)
    markdown = with_excerpts(markdown)
    markdown = FENCE.sub(_fence, markdown)
    return PICTURE.sub(r"\1-light.svg#only-light) \1-dark.svg#only-dark)", markdown)


def on_page_content(html: str, page: Page, **_: Any) -> str:
    """Polish the pages made of docstrings."""
    return polished(html) if page.file.src_uri.startswith("api/") else html


def _fence(match: re.Match[str]) -> str:
    margin, kind, body = match.groups()
    lines = FENCES[kind](body).splitlines()
    return "\n".join(margin + line for line in lines)
