"""Formulas in Markdown, `$...$` within a line and `$$...$$` apart, become MathML.

Browsers draw MathML themselves, so that pages need no script and no font for it.
"""

import re
from typing import Any

from latex2mathml.converter import convert
from markdown import Markdown
from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor
from markdown.preprocessors import Preprocessor

REFINEMENTS = (
    (r'mathvariant="script">N<', ">\N{MATHEMATICAL SCRIPT CAPITAL N}<"),
    (r"<mi>log</mi>(?!<mo)", '<mi>log</mi><mspace width="0.167em" />'),
    (r"(</(?:mi|mn|msub)>)<mi>log</mi>", r'\1<mspace width="0.167em" /><mi>log</mi>'),
    (
        '<mo(?: stretchy="false")?>&#x0007C;</mo>',
        '<mo stretchy="false" lspace="0" rspace="0">|</mo>',
    ),
)
"""What the converter leaves to be desired: browsers know the letter N, but no script variant."""


def mathml(formula: str, display: str) -> str:
    """A formula of LaTeX as a `<math>` element; `display` is "inline" or "block"."""
    element = convert(formula.strip(), display=display)
    for pattern, better in REFINEMENTS:
        element = re.sub(pattern, better, element)
    return element


class Displayed(Preprocessor):
    r"""`$$...$$` on lines of their own; fenced code has been put aside before.

    Formulas that \qquad parts stand side by side, or below each other where there is no room.
    """

    PATTERN = re.compile(r"^\$\$(.+?)\$\$[ ]*$", re.MULTILINE | re.DOTALL)

    def run(self, lines: list[str]) -> list[str]:
        return self.PATTERN.sub(self._element, "\n".join(lines)).split("\n")

    def _element(self, match: re.Match[str]) -> str:
        parts = [mathml(part, "block") for part in re.split(r"(?:\\qquad\s*)+", match[1])]
        formula = f'<div class="formula">{"".join(parts)}</div>'
        return f"\n{self.md.htmlStash.store(formula)}\n"


class Inline(InlineProcessor):
    """`$...$`, after code and before anything that gives underscores a meaning."""

    def handleMatch(  # type: ignore[override]  # noqa: N802
        self, m: re.Match[str], data: str
    ) -> tuple[str, int, int]:
        return self.md.htmlStash.store(mathml(m[1], "inline")), m.start(0), m.end(0)


class Formulas(Extension):
    """Both, as one extension of Markdown."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        registries: Any = md
        registries.preprocessors.register(Displayed(md), "displayed_formulas", 22)
        registries.inlinePatterns.register(
            Inline(r"(?<![\\$\w])\$([^\s$](?:[^$]*[^\s$])?)\$(?!\w)", md), "formulas", 185
        )
