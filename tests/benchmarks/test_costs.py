"""What strategies cost: the docstrings beside what was measured."""

import sys
from pathlib import Path

import pytest

pd = pytest.importorskip("pandas")
pytest.importorskip("torch")
BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
NOISE = {"seconds": 0.25, "bytes": 0.15}  # of exponents, on a machine that others use


@pytest.fixture(scope="module")
def costs():
    sys.path.insert(0, str(BENCHMARKS))
    try:
        import costs

        yield costs
    finally:
        sys.path.remove(str(BENCHMARKS))
        for name in ("costs", "costs_stated", "places"):
            sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def cells(costs):
    return pd.read_csv(costs.Study("costs").raw("cells.csv"))


def test_every_strategy_is_measured(costs, cells):
    from skal import strategies

    measured = {type(case.strategy).__name__ for case in costs.CASES.values()}
    assert measured == set(strategies.__all__) - {"Strategy", "UtilityStrategy"}
    assert set(cells["strategy"]) == set(costs.CASES)


@pytest.mark.parametrize("of", ["seconds", "bytes"])
@pytest.mark.parametrize("axis", ["n", "b"])
def test_nothing_grows_faster_than_its_docstring_says(costs, cells, of, axis):
    from costs_stated import exponent

    for name, part in cells.groupby("strategy"):
        case = costs.CASES[name]
        found = costs.exponents(part, case, of)[axis]
        said = exponent(case.strategy, of, axis)
        # not a number where it was not measured
        assert not found > max(said, 1.0) + NOISE[of], f"{name}: {found:.2f} in {axis}, not {said}"


@pytest.mark.parametrize(
    ("of", "unit", "name"), [("seconds", "s", "seconds"), ("bytes", "MB", "memory")]
)
def test_the_tables_of_the_guide_are_of_these_docstrings_and_cells(
    costs, cells, of, unit, name, tmp_path
):
    costs.table(cells, of, unit).to_csv(tmp_path / "made.csv", index=False)
    shown = costs.Study("costs").table(f"{name}.csv").read_text()
    assert (tmp_path / "made.csv").read_text() == shown


def test_exponents_are_read_from_docstrings(costs):
    from costs_stated import exponent, stated

    from skal.strategies import Bait, Margin, Spread, TypiClust

    assert stated(Bait)["bytes"] == "n·k² + d²·k²"
    assert exponent(Bait(), "seconds", "d") == pytest.approx(3)
    assert exponent(Bait(), "seconds", "b") == pytest.approx(1)
    assert exponent(TypiClust(), "seconds", "n") == pytest.approx(2)
    assert exponent(Spread(Margin()), "seconds", "b") == pytest.approx(2)
    assert exponent(Spread(Margin()), "seconds", "d") == pytest.approx(1)
    with pytest.raises(ValueError, match="int says no"):
        stated(int)


def test_a_cell_is_measured_in_its_own_process_or_given_up(costs):
    from skal.strategies import Margin

    case = costs.Case(Margin(), n=400)
    size = next(case.sizes())
    assert len(list(case.sizes())) == 9
    found = costs.cell(case, size, limit=60)
    assert found["seconds"] > 0
    assert found["bytes"] > 400 * 4 * 8
    assert costs.cell(case, size, limit=0) == {}


@pytest.mark.parametrize("name", ["MarginShift", "Oracle", "ExpectedModelChange"])
def test_states_are_what_strategies_need(costs, name):
    case = costs.CASES[name]
    state = costs.state_of(case, n=150, d=3, k=3, b=2)
    assert costs.seconds_of(case, state, 2) >= 0
