"""The pages made of docstrings: what plain text has to spell out is set as books set it."""

import re

from mixtura import Outcome

NOT_WORDS = re.compile(r"(<pre.*?</pre>|<code.*?</code>|<[^>]+>)", re.DOTALL)
GREEK = re.compile(r"\b(pi|mu|Sigma)_(\w+)(\^-1)?")
LETTERS = {"pi": "π", "mu": "μ", "Sigma": "Σ"}
NO_DESCRIPTION = re.compile(r'\N{EN DASH}\s*<div class="doc-md-description">\s*</div>')


def polished(html: str) -> str:
    """A page of the reference with Greek letters, and without dashes that nothing follows."""
    html = NO_DESCRIPTION.sub("", html).replace(" - like", "-like")
    parts = NOT_WORDS.split(html)
    parts[::2] = [GREEK.sub(_letter, words) for words in parts[::2]]
    return "".join(parts)


def _letter(match: re.Match[str]) -> str:
    name, index, inverse = match.groups()
    return f"{LETTERS[name]}<sub>{index}</sub>{'<sup>&minus;1</sup>' if inverse else ''}"


def outcomes() -> str:
    """The outcomes of a fit and their sentences, as a table."""
    rows = [f"| `{outcome.name}` | {outcome.sentence} |" for outcome in Outcome]
    return "\n".join(["| `outcome_.name` | `outcome_.sentence` |", "|---|---|", *rows])
