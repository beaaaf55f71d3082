"""The code blocks of a page, run in order, and what they print.

Python blocks share one namespace, and a `text` block after one shows what it printed. Console
blocks are commands, `$ ...`, each with its output; `$ echo $?` prints the exit code of the last.

`python tests/documents/pages.py PAGE...`, in a folder that has `examples/`, writes into the pages
what their blocks print today.
"""

import io
import math
import re
import shlex
import subprocess
import sys
import warnings
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from unittest import mock

from mixtura.cli import main, progress

FENCE = re.compile(r"^```([\w-]+)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMPANIONS = {"head"}
"""Programs that console blocks may use beside `mixtura`."""


def blocks(text, language):
    """The bodies of all blocks in a language."""
    return [body for name, body in FENCE.findall(text) if name == language]


def with_outputs(text):
    """The page with what its blocks print in the place of what they show."""
    session = Session()

    def block(match):
        language, body = match.groups()
        begin, end = match[0][: match.start(2) - match.start()], "```"
        if language == "python":
            session.python(body)
        elif language == "text":
            body = session.printed
        elif language == "console":
            body = "".join(
                f"$ {command}\n{session.console(command)}"
                for command in re.findall(r"^\$ (.*)$", body, re.MULTILINE)
            )
        return begin + body + end

    with warnings.catch_warnings():
        return FENCE.sub(block, text)


class Session:
    """A Python program and a shell in the same folder."""

    def __init__(self):
        self.namespace = {"__name__": "__main__"}
        self.printed = ""
        self.code = 0

    def python(self, body):
        """Run a block, and keep what it prints."""
        with redirect_stdout(io.StringIO()) as printed:
            exec(compile(body, "page", "exec"), self.namespace)
        self.printed = tidy(printed.getvalue())

    def console(self, command):
        """What a command prints, on both streams in their order."""
        if command == "echo $?":
            return f"{self.code}\n"
        program, *arguments = shlex.split(command)
        if program in COMPANIONS:
            return tidy(subprocess.check_output([program, *arguments], text=True))
        assert program == "mixtura", command
        return tidy(self.mixtura(arguments))

    def mixtura(self, arguments):
        """What the command line prints, run in this process on a terminal of 80 columns.

        Without lines about progress, which tell how fast the machine is.
        """
        content = io.BytesIO()
        stream = io.TextIOWrapper(content, encoding="utf-8", write_through=True)
        with (
            redirect_stdout(stream),
            redirect_stderr(stream),
            mock.patch.object(sys, "argv", ["mixtura", *arguments]),
            mock.patch.dict("os.environ", COLUMNS="80"),
            mock.patch.object(progress, "SECONDS_BETWEEN_LINES", math.inf),
        ):
            self.code = main()
        return content.getvalue().decode()


def tidy(printed):
    """Without spaces at the ends of lines."""
    return "".join(f"{line.rstrip()}\n" for line in printed.splitlines())


if __name__ == "__main__":
    for page in map(Path, sys.argv[1:]):
        page.write_text(with_outputs(page.read_text()))
