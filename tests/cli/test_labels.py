"""Labels as people write them, and what they ask for."""

import numpy as np
import pytest

pytest.importorskip("click")

from skal.cli.tables import read_table
from skal.cli.trouble import Trouble
from tests.cli.people import people, run, table_of


def test_labels_as_people_write_numbers(folder):
    y = table_of('a,y\n1,"$1,234.50"\n2,$7\n3,\n').y
    assert y.dropna().tolist() == [1234.5, 7]
    y = table_of("a;y\n1;1.234,50\n2;7,25\n3;\n").y
    assert y.dropna().tolist() == [1234.5, 7.25]


@pytest.mark.filterwarnings("ignore:The number of unique classes")
def test_many_whole_numbers_may_be_no_classes(folder):
    table = people(60).assign(price=np.arange(60) ** 2)
    table.loc[50:, "price"] = None
    table.to_csv("prices.csv", index=False)
    for command in (["query"], ["compare", "--seeds", 1]):
        done = run(*command, "prices.csv", "--label", "price")
        assert done.exit_code == 2
        assert "'price' holds 50 different whole numbers" in done.stderr
        assert "--task regression" in done.stderr
    done = run("query", "prices.csv", "--label", "price", "--task", "regression", "-n", 1)
    assert done.exit_code == 0
    done = run("query", "prices.csv", "--label", "price", "--task", "classification", "-n", 1)
    assert "50 classes." in done.stderr  # as they said
    table.assign(age=[*range(25), *range(25), *[None] * 10]).to_csv("ages.csv", index=False)
    done = run("query", "ages.csv", "--label", "age", "-n", 1)
    assert "25 classes (whole numbers; --task regression takes them as numbers)." in done.stderr


@pytest.mark.parametrize("pattern", ["{:.1f} kg", "EUR {:,.2f}", "{:.1f}°C"])
def test_numbers_with_a_unit_are_hardly_classes(pattern, folder):
    weights = [pattern.format(1.5 * i**2) if i < 50 else None for i in range(60)]
    people(60).assign(weight=weights).to_csv("weights.csv", index=False)
    ask = ["query", "weights.csv", "--label", "weight", "-n", 1]
    done = run(*ask)
    assert done.exit_code == 2
    assert "50 different texts that look like quantities" in done.stderr
    assert "50 classes" in run(*ask, "--task", "classification").stderr
    names = [f"street {i}" if i < 50 else None for i in range(60)]
    people(60).assign(street=names).to_csv("streets.csv", index=False)
    assert "50 classes." in run("query", "streets.csv", "--label", "street", "-n", 1).stderr


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_words_that_mean_no_label(folder, suffix):
    table = people(90, labelled=0.5)
    table["mood"] = table["mood"].fillna("NA")
    table.loc[:3, "mood"] = "?"
    name = f"people.{suffix}"
    table.to_csv(name, index=False) if suffix == "csv" else table.to_parquet(name)
    ask = ["query", name, "--label", "mood"]
    done = run(*ask)
    assert done.exit_code == 2
    assert (
        "'?', 'NA' are read as classes: add --missing '?,NA' if they mean no label" in done.stderr
    )
    for missing in (["--missing", "?,NA"], ["--missing", "?", "--missing", "NA, gone"]):
        done = run(*ask, *missing, "-n", 3)
        assert done.exit_code == 0
        assert "mood has 3 classes." in done.stderr
    assert (
        "'NA' is read as a class: add --missing NA" in run(*ask, "--missing", "?", "-n", 1).stderr
    )
    for option in ("--missing", "--skip-word"):
        done = run("compare", name, "--label", "mood", option, "NA,low,middle,?")
        assert "Only one class is known (high)" in done.stderr


def test_words_of_who_could_not_tell(folder):
    table = table_of("a,y\n1,3\n2, 3.0\n3,?\n4,NA\n5,\n", missing=["NA"], skip=["?", "gone"])
    assert table.y.tolist()[:2] == [3, 3]  # one class, and one of numbers
    assert table.y.isna().tolist() == [False, False, True, True, True]
    assert table.skipped.tolist() == [False, False, True, False, False]
    table = table_of("a,y\n1,3\n2,-1.0\n3,\n", skip=["-1"])
    assert table.skipped.tolist() == [False, True, False]
    for word in ("", "nan"):
        with pytest.raises(Trouble, match="use another --skip-word"):
            table_of("a,y\n1,3\n", skip=[word])


@pytest.mark.parametrize("missing", ["-1", "-1.0"])
def test_a_number_that_means_no_label(folder, missing):
    for labels in (["-1", "3", "4", ""], ["-1", "3.5", "4", ""]):
        y = table_of("a,y\n" + "".join(f"{i},{x}\n" for i, x in enumerate(labels)), missing=[missing]).y  # fmt: skip
        assert y.isna().tolist() == [True, False, False, True]


def test_whole_numbers_are_classes(folder):
    table = people(labelled=0.5)
    table["mood"] = table["mood"].map({"low": 1, "middle": 2, "high": 3})
    table.to_csv("people.csv", index=False)
    assert "3 classes" in run("query", "people.csv", "--label", "mood", "-n", 1).stderr
    done = run("query", "people.csv", "--label", "mood", "-n", 1, "--task", "regression")
    assert "numbers from 1 to 3" in done.stderr
    assert read_table("people.csv", "mood").y.isna().any()
