"""Strategies by the names that people type."""

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("click")

from skal.cli.names import KNOWN, parse_strategies
from skal.cli.trouble import Trouble
from skal.strategies import Margin, Shortlist, Stages, TypiClust
from tests.cli.people import people, run


@pytest.mark.parametrize(
    "name",
    [
        "Oracle", "WrongPrediction", "FisherKernel", "GoalInfluence('holdout')",
        "Shortlist(GoalInfluence('holdout'))",
        "Stages([(0, Random), (9, Oracle)])", "GoalInfluence(goal='entropy', label='oracle')",
        "FisherKernel(pseudo_label='oracle')",
    ],
)  # fmt: skip
def test_strategies_that_a_file_cannot_serve(name):
    with pytest.raises(Trouble, match="trusted holdout or the true labels"):
        parse_strategies(name)
    assert not {"Oracle", "WrongPrediction", "FisherKernel"} & set(KNOWN)


@pytest.mark.parametrize(
    "strategy",
    [
        "Random)+(Margin", "", "Shortlist(3)", "Shortlist(Margin(), factor={[]: 1})", "-'a'",
        "Margin(**{})", "Stages(7)",
    ],
)  # fmt: skip
def test_what_is_no_strategy(strategy):
    with pytest.raises(Trouble):
        parse_strategies(strategy)


def test_sentences_about_strategies():
    with pytest.raises(Trouble, match=r"no strategy Margn: did you mean Margin\? There are Badge"):
        parse_strategies("Margn")
    with pytest.raises(Trouble, match=r"no parameter 'epochs': it is called 'max_epochs' now\.$"):
        parse_strategies("Vaal(epochs=3)")
    with pytest.raises(Trouble, match="The 'draws' parameter of Entropy must be an int"):
        parse_strategies("Entropy(draws=True)")
    with pytest.raises(Trouble, match="no strategy Xyzzy: there are Badge"):
        parse_strategies("Xyzzy")


def test_the_best_known_strategy_by_default(folder):
    table = people(labelled=0.3)
    table.to_csv("people.csv", index=False)
    table["mood"] = np.where(table["mood"].isna(), np.nan, table["age"].fillna(0) + 0.5)
    table.to_csv("prices.csv", index=False)
    for name, estimator, strategy in (
        ("people.csv", "linear", "UncertaintyHerding('margin', factor=10)"),
        ("people.csv", "forest", "UncertaintyHerding('margin', factor=10)"),
        ("prices.csv", "linear", "Spread(Random())"),
        ("prices.csv", "forest", "Random."),
    ):
        done = run("query", name, "--label", "mood", "-n", 2, "--estimator", estimator)
        assert f"chosen by {strategy}" in done.stderr
        assert ("score" in done.stdout.splitlines()[0]) == ("Random" not in strategy)


@pytest.mark.parametrize(
    "strategy",
    [name for name in KNOWN if name not in {"Bald", "Vaal", "VariationRatio", "GoalInfluence"}],
)
def test_every_strategy_that_is_offered_runs_or_says_why(folder, strategy):
    people(60, labelled=0.5).to_csv("people.csv", index=False)
    done = run("query", "people.csv", "--label", "mood", "-n", 2, "--strategy", strategy)
    assert done.exit_code in (0, 2)
    for python in ("X_val", "initial=", "replay_budget", "surrogate=", "strategy="):
        assert python not in done.stderr or done.exit_code == 0


def test_names_of_strategies():
    parsed = parse_strategies(
        "Margin, Shortlist(Margin(), factor=5), Stages([(0, TypiClust()), (9, Margin)])"
    )
    assert list(parsed)[:2] == ["Margin", "Shortlist(Margin(), factor=5)"]
    made = list(parsed.values())
    assert isinstance(made[0], Margin)
    assert isinstance(made[1], Shortlist)
    assert made[1].factor == 5
    assert isinstance(made[2], Stages)
    assert isinstance(made[2].stages[0][1], TypiClust)
    for bad in ("__import__('os')", "Margin(**{})", "Margin.check", "lambda: 0"):
        with pytest.raises(Trouble):
            parse_strategies(bad)


def test_names_are_written_as_people_write_them():
    parsed = parse_strategies("margin, core_set, spread(MARGIN, factor=5), 'typi-clust'")
    assert list(parsed)[:3] == ["Margin", "CoreSet", "Spread(Margin, factor=5)"]
    made = [type(strategy).__name__ for strategy in parsed.values()]
    assert made == ["Margin", "CoreSet", "Spread", "TypiClust"]
    with pytest.raises(Trouble, match=r"^Oracle needs a trusted holdout"):
        parse_strategies("oracle")


def test_functions_of_a_module_that_is_named(folder, monkeypatch):
    (folder / "of_mine.py").write_text(
        "from skal.strategies import Random\n\n"
        "def number(state):\n    return state.candidates * 1.0\n\n"
        "class Mine(Random):\n    pass\n"
    )
    people(60, labelled=0.5).to_csv("people.csv", index=False)
    ask = ("query", "people.csv", "--label", "mood", "-n", 2, "--strategy", "of_mine:number")
    done = run(*ask)  # the folder is not looked into by itself
    assert done.exit_code == 2
    assert "of_mine:number cannot be imported" in done.stderr
    monkeypatch.syspath_prepend(folder)
    done = run(*ask)
    assert done.exit_code == 0
    empty = np.flatnonzero(pd.read_csv("people.csv")["mood"].isna())
    assert [int(line.split(",")[1]) for line in done.stdout.splitlines()[1:]] == [
        empty[-1],
        empty[-2],
    ]
    parsed = parse_strategies("of_mine:Mine, Spread(of_mine:number), GoalInfluence('entropy')")
    assert list(parsed)[:2] == ["of_mine:Mine", "Spread(of_mine:number)"]
    for wrong in ("of_mine:other", "of_mine:number.x", "of-mine:number", "of_mine:", ":number"):
        with pytest.raises(Trouble):
            parse_strategies(wrong)
