"""The command `skal`."""

import sys


def main() -> None:
    """Run the command line, or report the missing dependency."""
    try:
        from skal.cli import skal
    except ImportError as error:
        sys.exit(f'{error.name} is missing: the command line requires pip install "skal[cli]".')
    skal()


if __name__ == "__main__":
    main()
