"""The process of the model, and what a terminal sends to it."""

import os
import signal
import subprocess
import sys

import pytest

START = """
from skal.labelling.model.process import ModelProcess

if __name__ == "__main__":
    process = ModelProcess(None)
    process.start()
    print(process.pid, flush=True)
    input()
    print(process.end())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_an_interrupt_leaves_the_process_to_who_started_it(tmp_path):
    script = tmp_path / "start.py"
    script.write_text(START)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    started = subprocess.Popen(
        [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, env=environment,
    )  # fmt: skip
    model = int(started.stdout.readline())
    for _ in range(3):  # while it imports
        os.kill(model, signal.SIGINT)
    code, written = started.communicate("\n")
    assert int(code) == -signal.SIGKILL, "the signal has ended it"
    assert "Traceback" not in written
