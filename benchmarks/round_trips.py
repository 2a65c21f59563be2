"""Test that files are identical except for the labels that were filled in.

Random delimited texts (quotes, CR, LF, CR LF, byte order marks, separators, blank lines, short
rows, duplicate and empty names, 1 to 50 columns) and Parquet files of all kinds of Arrow types are
filled with random labels.  A reader that parses letter by letter, Python's csv and pyarrow report
all differences.

    python benchmarks/round_trips.py --cases 2000
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from places import Study

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.files.random_files import csv_files, tables
from tests.files.round_trips import check_csv, check_parquet


def measure(kind, n_cases):
    """How many files of a kind came back whole; the first that did not is an error."""
    files, check = {"csv": (csv_files(), check_csv), "parquet": (tables(), check_parquet)}[kind]
    outcomes = Counter()

    @settings(
        max_examples=n_cases, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(files, st.integers(0, 2**32))
    def run(file, seed):
        with tempfile.TemporaryDirectory() as folder:
            outcomes[check(*file, seed, Path(folder))] += 1

    run()
    return dict(outcomes)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cases", type=int, default=2000)
    options = parser.parse_args()
    study = Study("round-trips").made("raw")
    results = {kind: measure(kind, options.cases) for kind in ("csv", "parquet")}
    study.raw("outcomes.json").write_text(json.dumps(results, indent=1) + "\n")
    print(json.dumps(results))


if __name__ == "__main__":
    main()
