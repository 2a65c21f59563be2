"""What all of these scripts are called with: `--quick`, and a folder for their results."""

import argparse
from pathlib import Path

RESULTS = Path(__file__).parent.parent / "results"


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
    """The folder, made where it is missing; a quick run never meets the results of a full one."""
    folder = options.results or (RESULTS / "quick" if options.quick else RESULTS)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
