"""An answer is acknowledged after the disk has it: shown by the system calls themselves."""

import re
import shutil
import subprocess
import sys

import pytest

CODE = """
import os, sys
from skal.labelling import Answer, Store

with Store.create(sys.argv[1], classes=["a"], audit_reserve=0) as store:
    for item in range(1, 21):
        os.write(1, b"ASK\\n")
        store.desk.record(Answer(item, 1, "label", "a"))
        os.write(1, b"ANSWERED\\n")
"""


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
def test_the_log_is_synced_before_each_answer(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("text\n" + "".join(f"row {i}\n" for i in range(20)))
    trace = tmp_path / "trace"
    calls = "trace=write,pwrite64,fsync,fdatasync"
    command = ["strace", "-f", "-y", "-e", calls, "-o", trace, sys.executable, "-c", CODE, path]
    done = subprocess.run(command, capture_output=True, text=True)
    if "PTRACE" in done.stderr or "ptrace" in done.stderr:
        pytest.skip("strace may not trace here")
    assert done.returncode == 0, done.stderr
    text = trace.read_text()
    answers = re.findall(r"\"ASK\\n\"(.*?)\"ANSWERED\\n\"", text, re.DOTALL)
    assert len(answers) == 20
    for between in answers:
        written = [m.start() for m in re.finditer(r"pwrite64\(\d+<[^>]*store\.db-wal>", between)]
        synced = [m.start() for m in re.finditer(r"f(data)?sync\(\d+<[^>]*store\.db-wal>", between)]
        assert written
        assert synced
        assert max(synced) > max(written)
