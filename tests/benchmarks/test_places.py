"""Where benchmarks leave their results: by study and kind, in one style of names."""

import re
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
FOLDERS = [path for path in (BENCHMARKS / "results").iterdir() if path.is_dir()]
STUDIES = [path for path in FOLDERS if path.name not in ("quick", "logs")]


@pytest.fixture
def places(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    import places

    return places


def test_a_place_is_of_a_study_and_a_kind(places, tmp_path):
    study = places.Study("some-study", tmp_path)
    assert study.raw("rt_polarity.json") == tmp_path / "some-study" / "raw" / "rt-polarity.json"
    assert study.table("a.csv") == tmp_path / "some-study" / "tables" / "a.csv"
    assert study.picture("a.png") == tmp_path / "some-study" / "pictures" / "a.png"
    assert places.Study("peers").raw("costs.csv").is_file()
    assert not list(tmp_path.iterdir())  # to ask for a place makes nothing


def test_only_the_folders_that_are_wanted_are_made(places, tmp_path):
    study = places.Study("some-study", tmp_path).made("raw", "tables")
    assert {path.name for path in (tmp_path / "some-study").iterdir()} == {"raw", "tables"}
    assert study.made("raw") == study


@pytest.mark.parametrize("study", STUDIES, ids=lambda path: path.name)
def test_results_are_named_in_one_style_and_told_in_the_readme(study):
    assert f"`{study.name}`" in (BENCHMARKS / "README.md").read_text()
    files = [path.relative_to(study) for path in study.rglob("*") if path.is_file()]
    name = re.compile(r"(raw|tables|pictures)/[a-z0-9]+(-[a-z0-9]+)*\.[a-z]+")
    assert [path for path in files if not name.fullmatch(path.as_posix())] == []
