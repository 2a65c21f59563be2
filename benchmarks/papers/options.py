"""What all of these scripts are called with: `--quick`, and a folder for their results."""

import argparse
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent))  # of places.py
from places import QUICK, RESULTS, Study


def parser_for(doc, quick):
    """A parser with the options that all share; `quick` says what a quick run leaves out."""
    parser = argparse.ArgumentParser(description=doc.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help=f"try it out: {quick}")
    parser.add_argument(
        "--results",
        type=Path,
        metavar="FOLDER",
        help="where results are written, and looked for by a run that goes on "
        "(benchmarks/results; results/quick of a quick run)",
    )
    return parser


def results_folder(options):
    """The folder of all studies; a quick run never meets the results of a full one."""
    return options.results or (QUICK if options.quick else RESULTS)


def study_of(options, name, *kinds):
    """The study's files in that folder, of which these kinds will be written."""
    return Study(name, results_folder(options)).made(*kinds)
