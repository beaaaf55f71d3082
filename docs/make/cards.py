"""Cards of the gallery: a line of text for each.

    ```cards
    ozone | Missing values | missing.md | Days in New York whose ozone nobody measured
    ```

has the name of a picture of `pictures.py`, a title, the page that the card leads to, and words.
"""


def cards(body: str) -> str:
    """The cards, as Markdown that is laid out by the style sheet."""
    return "\n".join(
        ['<div class="cards" markdown>\n', *map(_card, body.strip().splitlines()), "</div>"]
    )


def _card(line: str) -> str:
    picture, title, page, words = (part.strip() for part in line.split("|"))
    return (
        f'<div class="card" markdown>\n\n[![{title}](pictures/{picture}.svg)]({page})\n\n'
        f"**[{title}]({page})**<br>{words}\n\n</div>\n"
    )
