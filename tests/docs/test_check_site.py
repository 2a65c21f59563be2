"""What the check of the built pages finds."""

import json
from pathlib import Path

import pytest

pytest.importorskip("sphinx")

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def check_site(monkeypatch):
    monkeypatch.syspath_prepend(DOCS)
    import check_site

    return check_site


def test_links_to_pages_and_anchors_that_are_not_there(check_site, tmp_path):
    (tmp_path / "a.html").write_text(
        '<p id="here"><a href="b.html#there">b</a><a href="#here">a</a>'
    )
    (tmp_path / "b.html").write_text(
        '<p id="there"><a href="c.html">c</a><a href="a.html#gone">a</a><img src="https://x.org/y.png">'
    )
    broken = {link for _, link in check_site.broken_links(tmp_path)}
    assert broken == {"c.html", "a.html#gone"}


def test_a_search_finds_pages_with_all_words_stemmed(check_site, tmp_path):
    index = {
        "docnames": ["one", "two"],
        "terms": {"cold": [0, 1], "regress": 1},
        "titleterms": {"start": 0},
    }
    (tmp_path / "searchindex.js").write_text(f"Search.setIndex({json.dumps(index)})")
    search = check_site.Search(tmp_path)
    assert search.pages("cold start") == {"one"}
    assert search.pages("Regression") == {"two"}
    assert search.pages("cold regressions starting") == set()


def test_every_search_that_must_succeed_names_a_page_that_is_written(check_site):
    for page in check_site.SEARCHES.values():
        made = page.startswith("strategies/")
        assert made or (DOCS / f"{page}.rst").is_file()
