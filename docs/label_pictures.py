"""Pictures of the page of `skal label` in its states; run from the root of the repository.

python docs/label_pictures.py                   # the two of docs/guide/labelling.rst
python docs/label_pictures.py --all DIR         # each state, wide, on a phone, narrow; light, dark
python docs/label_pictures.py --all DIR --axe axe.min.js    # and what axe-core finds in each
"""

import argparse
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from tests.labelling.server.states import CHROMIUM, SIZES, STATES, served, until_shown  # noqa: E402

OF_THE_GUIDE = {
    "label_page.png": ("answered", "wide", "light"),
    "label_phone.png": ("image", "phone", "dark"),
}


def pictures(browser, state, wanted, axe=None):
    """Bring a state about once, and take its pictures: paths by (size, scheme)."""
    make, arrive = STATES[state]
    for (size, scheme), path in wanted.items():
        with tempfile.TemporaryDirectory() as folder:
            source, options = make(Path(folder))
            with served(source, **options) as made:
                width, height = SIZES[size]
                context = browser.new_context(
                    viewport={"width": width, "height": height}, color_scheme=scheme,
                    reduced_motion="reduce", has_touch=size != "wide",
                )  # fmt: skip
                page = context.new_page()
                page.set_default_timeout(15_000)
                page.goto(made.link)
                until_shown(page)
                arrive(made, page, context)
                page.wait_for_timeout(300)
                page.screenshot(path=path)
                if axe:
                    report(page, axe, f"{state} {size} {scheme}")
                context.close()


def report(page, axe, where):
    """Print what axe-core finds wrong."""
    page.evaluate(axe + ";0")
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    found = page.evaluate("tags => axe.run({runOnly: tags})", tags)["violations"]
    for rule in found:
        print(where, rule["id"], [node["target"] for node in rule["nodes"]][:4])
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    if wide:
        print(where, "is wider than the window")


def main():
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("--all", type=Path, metavar="DIR")
    asked.add_argument("--axe", type=Path)
    asked.add_argument("--states", default=",".join(STATES))
    asked.add_argument("--sizes", default=",".join(SIZES))
    told = asked.parse_args()
    axe = told.axe.read_text() if told.axe else None
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        if told.all is None:
            for name, (state, *how) in OF_THE_GUIDE.items():
                pictures(browser, state, {tuple(how): ROOT / "docs/_static" / name})
            return
        told.all.mkdir(exist_ok=True)
        for state in told.states.split(","):
            wanted = {
                (size, scheme): told.all / f"{state}-{size}-{scheme}.png"
                for size in told.sizes.split(",")
                for scheme in ("light", "dark")
            }
            pictures(browser, state, wanted, axe)


if __name__ == "__main__":
    main()
