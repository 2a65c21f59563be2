"""What the check of the prose reads, and what it finds."""

import re
from pathlib import Path

import pytest

pytest.importorskip("proselint")

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def prose(monkeypatch):
    monkeypatch.syspath_prepend(DOCS)
    import prose

    return prose


def test_code_is_no_prose_and_places_stay(prose):
    text = "A net wants labels.\n\n>>> wants = 1\n1\n\n``wants``, and\n\n.. code-block:: sh\n\n   wants\n\nEnd wants.\n"
    read = prose.without_code(text)
    assert len(read) == len(text)
    assert [m.start() for m in re.finditer("wants", read)] == [6, text.rindex("wants")]


@pytest.mark.parametrize(
    "sentence",
    ["A net wants labels.", "This is refused in words.", "Say no strategy, and it is random."],
)
def test_house_rules_find_what_they_are_for(prose, sentence):
    assert any(re.search(pattern, sentence, re.I) for pattern in prose.RULES)


def test_the_page_of_style_shows_twenty_pairs(prose):
    page = (DOCS / "contributing" / "style.rst").read_text(encoding="utf-8")
    table = page.partition(".. list-table::")[2].partition("What checks it")[0]
    assert table.count("   * - ") - 1 == 20
