"""Check the prose of README, CHANGELOG and docs: proselint with the rules of docs/prose_rules.toml.

python docs/prose.py [FILES]
"""

import re
import sys
import tomllib
from pathlib import Path

from proselint.checks import __register__
from proselint.config import load_from
from proselint.registry import CheckRegistry
from proselint.registry.checks import Check, Padding, engine, types
from proselint.tools import LintFile

ROOT = Path(__file__).resolve().parent.parent
RULES = tomllib.loads((ROOT / "docs" / "prose_rules.toml").read_text(encoding="utf-8"))["rules"]
MADE = ("strategies", "gallery", "generated", "_build")  # by the build, from docstrings
# The page that shows the sentences that the rules find.
SHOWS_MISTAKES = "style.rst"
# What is no prose: fences, literal blocks, doctests, directives with their options, literals.
CODE = re.compile(
    r"^```[\s\S]*?^```|^(?P<a> *)\.\. (?:code-block|math|click|plot)::.*\n(?:(?P=a) +.*\n|\s*\n)*"
    r"|^ *(?:>>>|\.\.\.).*\n(?:(?! *>>>) *\S.*\n)*|^ *\.\. [\w-]+::.*$|^ *:[\w-]+:.*$"
    r"|``.+?``|`[^`\n]+`__?|:[\w:]+:`[^`]+`|`[^`\n]+`|<[^>\n]+>",
    re.M,
)


def without_code(text):
    """The text with a dash for each character that is no prose, so that places stay."""
    return CODE.sub(lambda found: re.sub(r"[^\n]", "—", found[0]), text)


def house_checks():
    """The rules as checks of proselint."""
    return tuple(
        Check(
            check_type=types.PreferredForms({pattern: better}, padding=Padding.RAW),
            path="house.rules",
            message="Write '{}' instead of '{}'.",
            engine=engine.Fast(),
        )
        for pattern, better in RULES.items()
    )


def files():
    """All pages that are written by hand."""
    pages = [page for page in sorted((ROOT / "docs").rglob("*.rst")) if page.name != SHOWS_MISTAKES]
    by_hand = [page for page in pages if page.relative_to(ROOT / "docs").parts[0] not in MADE]
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", *by_hand]


def is_a_term(result):
    """Whether a repeated word is a term of a definition list, and the first word of its text."""
    return result.check_path == "lexical_illusions" and re.search(r"\n +", result.message)


def main():
    """Print what the checks find; the exit code says whether they find anything."""
    registry = CheckRegistry()
    registry.register_many(__register__ + house_checks())
    config = load_from(ROOT / ".proselintrc.json")
    config["checks"]["house"] = True
    count = 0
    for path in map(Path, sys.argv[1:] or files()):
        text = without_code(path.read_text(encoding="utf-8"))
        for found in LintFile(str(path), text).lint(config):
            line, column = found.pos
            if is_a_term(found.check_result):
                continue
            print(f"{path}:{line}:{column}: {found.check_result.message}")
            count += 1
    print(f"{count} findings")
    sys.exit(bool(count))


if __name__ == "__main__":
    main()
