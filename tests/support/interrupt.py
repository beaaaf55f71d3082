"""A program of its own that is interrupted while it works."""

import os
import signal
import subprocess
import sys
import threading

AS_AT_A_TERMINAL = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
"""What runs in the background of a shell is begun with interruptions ignored."""


def output_when_interrupted(code, *, timeout):
    """What the program prints that is interrupted a second after it has printed "begun"."""
    with subprocess.Popen(
        [sys.executable, "-c", AS_AT_A_TERMINAL + code],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ,
    ) as process:
        try:
            assert process.stdout.readline() == "begun\n"
            threading.Event().wait(1)
            process.send_signal(signal.SIGINT)
            return process.communicate(timeout=timeout)[0]
        finally:
            process.kill()
