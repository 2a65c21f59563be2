"""Names of what is compared."""

from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skal.strategies import LeastConfidence, Random
from tests.experiments.small import small


def test_a_long_name_is_cut_to_its_types():
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500, tol=1e-3, C=0.5))
    assert len(repr(model)) > 80
    results = small([Random()], model, seeds=1)
    assert results["estimator"].unique() == ["StandardScaler, LogisticRegression"]


def doubt(state):
    """Least confidence, as a function."""
    return 1 - state.pool.part(state.candidates).proba.max(axis=1)


def test_a_function_is_a_strategy_of_its_own_name(tmp_path):
    kept = tmp_path / "kept.jsonl"
    alone = small(doubt, results=kept)
    assert alone["strategy"].unique() == ["doubt"]
    lines = kept.read_text().splitlines()
    several = small([Random(), doubt], results=kept)
    assert several["strategy"].unique().tolist() == ["Random", "doubt"]
    assert kept.read_text().splitlines()[: len(lines)] == lines
    assert len(kept.read_text().splitlines()) == 2 * len(lines)  # the function's are recognised
    named = small({"chance": Random(), "own": doubt})
    own, classes = named[named["strategy"] == "own"], small({"own": LeastConfidence()})
    assert own["rows"].tolist() == classes["rows"].tolist()
