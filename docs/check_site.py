"""Check built pages: links, anchors, and what the search finds; run after a build of the docs.

python docs/check_site.py docs/_build/html
"""

import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sphinx.search.en import SearchEnglish

# What people look for, and a page that must be among the first results.
SEARCHES = {
    "xgboost": "howto/xgboost",
    "regression": "howto/regression",
    "segmentation": "howto/segmentation",
    "cold start": "howto/cold_start",
    "stopping": "howto/stopping",
    "batch mode": "howto/nets",
    "notebook": "howto/notebooks",
    "GPU": "howto/nets",
    "imbalanced": "howto/imbalance",
    "text": "howto/text",
    "uncertainty sampling": "strategies/margin",
}


class Page(HTMLParser):
    """The links and the anchors of a page."""

    def __init__(self, file):
        super().__init__()
        self.links, self.anchors = [], set()
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        """Collect what a tag points to, and what points to it."""
        attrs = dict(attrs)
        self.anchors |= {attrs[key] for key in ("id", "name") if attrs.get(key)}
        self.links += [attrs[key] for key in ("href", "src") if attrs.get(key)]


def broken_links(site):
    """(page, link) where the file or the anchor is not there."""
    files = [file for file in sorted(site.rglob("*.html")) if "_static" not in file.parts]
    pages = {file.resolve(): Page(file) for file in files}
    for file, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
            anchor = unquote(parts.fragment)
            known = pages[target].anchors if target in pages else {anchor}
            if not target.exists() or (anchor and anchor not in known):
                yield file.relative_to(site.resolve()), link


class Search:
    """The index that the search page of the docs uses."""

    def __init__(self, site):
        text = (site / "searchindex.js").read_text(encoding="utf-8")
        self.index = json.loads(re.fullmatch(r"Search\.setIndex\((.*)\);?", text, re.S)[1])
        self.stem = SearchEnglish({}).stem

    def pages(self, query):
        """Names of the pages that hold all words of a query, in titles or text."""
        found = None
        for word in re.findall(r"\w+", query.lower()):
            some = set()
            for terms in (self.index["terms"], self.index["titleterms"]):
                hits = terms.get(self.stem(word), [])
                some |= set(hits if isinstance(hits, list) else [hits])
            found = some if found is None else found & some
        return {self.index["docnames"][i] for i in found or ()}


def main():
    """Print what is wrong; the exit code is the number of kinds of problems."""
    site = Path(sys.argv[1])
    wrong = [f"{page}: the link {link} leads nowhere" for page, link in broken_links(site)]
    search = Search(site)
    for query, page in SEARCHES.items():
        if page not in search.pages(query):
            wrong.append(f"the search for {query!r} does not find {page}")
    print("\n".join(wrong) or "All links lead somewhere, and the search finds what it must.")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
