"""Look at every built page in a browser: 1300 and 390 pixels wide, light and dark.

python docs/look.py docs/_build/html --out shots --axe axe.min.js
python docs/look.py docs/_build/html --only index,api --out shots

Reports pages that scroll sideways, tables and figures that are cut off, errors of scripts, files
that are missing, and, with axe-core (npm pack axe-core), violations of accessibility.
"""

import argparse
import functools
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import sync_playwright

CHROMIUM = "/usr/bin/chromium"
WIDTHS = (1300, 390)
SCHEMES = ("light", "dark")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SKIPPED = ("genindex", "py-modindex", "search")  # Sphinx's own

# What sticks out of the page although no box around it scrolls.
CUT = """() => {
  const scrolls = (box) => /auto|scroll/.test(getComputedStyle(box).overflowX);
  const inside = (node) => {
    for (let box = node.parentElement; box; box = box.parentElement) if (scrolls(box)) return true;
    return false;
  };
  return [...document.querySelectorAll(".bd-article table, .bd-article img, .bd-article pre")]
    .filter((node) => {
      const box = node.getBoundingClientRect();
      return box.width && box.right > innerWidth + 1 && !scrolls(node) && !inside(node);
    })
    .map((node) => node.tagName + " " + (node.className || node.src || "").slice(-60));
}"""
WIDE = "() => document.documentElement.scrollWidth > innerWidth + 1"


class Quiet(SimpleHTTPRequestHandler):
    """Serve files, and print nothing."""

    def log_message(self, *_):
        """Print nothing."""


def served(site):
    """The address of a server of the folder."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def page_names(site, only):
    """Pages by their names, without those of Sphinx and of the theme."""
    found = (file.relative_to(site).with_suffix("") for file in sorted(site.rglob("*.html")))
    names = [name.as_posix() for name in found if name.parts[0][0] != "_"]
    return [name for name in names if name not in SKIPPED and (not only or name in only)]


def problems(page, axe):
    """What is wrong with the page as it is shown."""
    if page.evaluate(WIDE):
        yield "scrolls sideways"
    for what in page.evaluate(CUT):
        yield f"cut off: {what}"
    if axe:
        page.evaluate(axe + ";0")
        run = "tags => axe.run({runOnly: tags}).then(found => found.violations)"
        for rule in page.evaluate(run, TAGS):
            where = [" ".join(map(str, node["target"])) for node in rule["nodes"]]
            yield f"axe {rule['id']} ({len(where)}): {'; '.join(where[:3])}"


def look(browser, address, names, width, scheme, out, axe):
    """Visit all pages in one size and one scheme; how many problems there are."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    context.route("**/*", lambda route: local_only(route, address))
    page, count, trouble = context.new_page(), 0, []
    page.on("pageerror", lambda error: trouble.append(f"script: {error}"))
    page.on("console", lambda m: m.type == "error" and trouble.append(f"console: {m.text}"))
    page.on("response", lambda r: r.status >= 400 and trouble.append(f"{r.status}: {r.url}"))
    for name in names:
        trouble.clear()
        page.goto(f"{address}/{name}.html", wait_until="load")
        page.wait_for_timeout(150)
        found = [*problems(page, axe), *(t for t in trouble if "ERR_FAILED" not in t)]
        if out:
            file = out / f"{name.replace('/', '-')}-{width}-{scheme}.png"
            page.screenshot(path=file, full_page=True)
        for problem in found:
            print(f"{name} {width} {scheme}: {problem}", flush=True)
        count += len(found)
    context.close()
    return count


def local_only(route, address):
    """Load nothing from other machines, such as MathJax from its CDN."""
    if route.request.url.startswith((address, "data:")):
        route.continue_()
    else:
        route.abort()


def main():
    """Look at all pages, and end with an error if something is wrong."""
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("site", type=Path)
    asked.add_argument("--out", type=Path, help="folder for screenshots; else none are taken")
    asked.add_argument("--axe", type=Path, help="axe.min.js of axe-core")
    asked.add_argument("--only", default="", help="names of pages, with commas between")
    asked.add_argument("--widths", default=",".join(map(str, WIDTHS)))
    asked.add_argument("--schemes", default=",".join(SCHEMES))
    told = asked.parse_args()
    axe = told.axe.read_text() if told.axe else None
    names = page_names(told.site, [name for name in told.only.split(",") if name])
    if told.out:
        told.out.mkdir(parents=True, exist_ok=True)
    address, count = served(told.site), 0
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for width in map(int, told.widths.split(",")):
            for scheme in told.schemes.split(","):
                count += look(browser, address, names, width, scheme, told.out, axe)
        browser.close()
    print(f"{len(names)} pages, {count} problems.")
    sys.exit(bool(count))


if __name__ == "__main__":
    main()
