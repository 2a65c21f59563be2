"""The pages of the strategies: one each, and facts that the code confirms."""

from pathlib import Path

import pytest

pytest.importorskip("numpydoc")

from skal import strategies
from tests.strategies.table import TABLE

DOCS = Path(__file__).parents[2] / "docs"
# Their rows are of a goal and of a function for classes; others are for regression as well.
NOT_IN_THE_TABLE = {("GoalRetraining", "regression"), ("FunctionStrategy", "regression")}
WRITTEN_BY_USERS = {"Strategy", "UtilityStrategy"}


@pytest.fixture
def pages(monkeypatch):
    monkeypatch.syspath_prepend(DOCS)
    import strategy_pages

    return strategy_pages


def test_every_strategy_has_a_page_and_an_entry_in_the_overview(pages, tmp_path):
    pages.write(tmp_path)
    public = {*strategies.__all__, "FunctionStrategy"} - WRITTEN_BY_USERS
    assert {path.stem for path in tmp_path.iterdir()} == {n.lower() for n in public} | {"index"}
    overview = (tmp_path / "index.rst").read_text(encoding="utf-8")
    for name in public:
        assert f":doc:`{name} <{name.lower()}>`" in overview


def test_pages_of_strategies_that_are_gone_go(pages, tmp_path):
    gone = tmp_path / "gone.rst"
    gone.write_text("Gone\n====\n", encoding="utf-8")
    pages.write(tmp_path)
    assert not gone.exists()
    before = (tmp_path / "margin.rst").stat().st_mtime_ns
    pages.write(tmp_path)
    assert (tmp_path / "margin.rst").stat().st_mtime_ns == before  # Sphinx need not read it again


def test_a_page_has_all_sections(pages):
    page = pages.page("Bait")
    for section in ("What it selects", "How it works", "Cost", "Evidence", "Reference", "See also"):
        assert f"\n{section}\n---" in page
    assert "Time O(" in page
    assert "Gone fishing" in page
    assert ":doc:`Badge <badge>`" in page


@pytest.mark.parametrize("row", TABLE, ids=lambda row: type(row.strategy).__name__)
def test_tags_of_tasks_are_those_of_the_table_of_strategies(pages, row):
    facts = pages.FACTS[type(row.strategy).__name__]
    if row.classify:
        assert "classification" in facts["tags"]
    if row.regress:
        assert "regression" in facts["tags"]


def test_tags_of_a_task_are_not_given_in_vain(pages):
    for name, facts in pages.FACTS.items():
        rows = [row for row in TABLE if type(row.strategy).__name__ == name]
        for task, known in (("classification", "classify"), ("regression", "regress")):
            if rows and task in facts["tags"] and (name, task) not in NOT_IN_THE_TABLE:
                assert any(getattr(row, known) for row in rows), f"{name} is tagged {task}"


def test_strategies_tagged_segmentation_work_on_maps(pages):
    for name, facts in pages.FACTS.items():
        works = getattr(strategies, name).works_on_maps
        if isinstance(works, bool):  # of a wrapper it depends on what is wrapped
            assert works == ("segmentation" in facts["tags"]), name
