"""Each example of the gallery runs, and shows what it says it shows.

What takes 6 to 22 seconds is marked slow; the guide's pages are the quick comparisons.
"""

import runpy
import sys
from pathlib import Path

import numpy as np
import pytest

EXAMPLES = Path(__file__).parent.parent / "docs" / "examples"
NEEDS_TORCH = ("images_frozen_features", "net", "segmentation")


def example(name, monkeypatch, *arguments):
    """What is in the script's namespace when it is done."""
    for module in ("matplotlib", "pandas", *(("torch", "skorch") if name in NEEDS_TORCH else ())):
        pytest.importorskip(module)
    monkeypatch.setattr(sys, "argv", [name, *arguments])
    return runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")


def mean_height(results, strategy, score="accuracy"):
    """Of its learning curves, over seeds and rounds."""
    return results.loc[results["strategy"] == strategy, score].mean()


def test_the_tests_know_every_example():
    here = Path(__file__).read_text()
    for script in EXAMPLES.glob("*.py"):
        assert f'example("{script.stem}"' in here


@pytest.mark.slow
def test_table(monkeypatch):
    found = example("plot_table", monkeypatch)
    assert found["saved"]["low"] > 0


def test_default(monkeypatch):
    """What the default asks for lies farther apart than what margin sampling asks for."""
    found = example("plot_default", monkeypatch)
    X, y, apart = found["X"], found["y"], {}
    for strategy in (found["Margin"](), None):
        learner = found["ActiveLearner"](found["LogisticRegression"](), strategy, batch_size=12)
        rows = X[learner.fit(X, y).query()]
        distances = np.linalg.norm(rows[:, None] - rows, axis=2)
        apart[strategy is None] = np.sort(distances, axis=1)[:, 1].mean()  # to the nearest other
    assert apart[True] > 1.3 * apart[False]


@pytest.mark.slow
def test_regression(monkeypatch):
    found = example("plot_regression", monkeypatch)
    assert found["learner"].history_[-1]["n_labelled"] == 50
    assert mean_height(found["results"], "Bait", "r2") > mean_height(
        found["results"], "Random", "r2"
    )


@pytest.mark.slow
def test_text(monkeypatch):
    found = example("plot_text", monkeypatch)
    assert found["X"].format == "csr"
    results = found["results"]
    assert mean_height(results, "Spread(Margin)") > mean_height(results, "Random")


@pytest.mark.slow
def test_images(monkeypatch):
    results = example("images_frozen_features", monkeypatch)["results"]
    heights = results.groupby(["data", "strategy"])["accuracy"].mean().unstack()
    assert (heights.loc["features"] > heights.loc["pixels"]).all()
    assert (heights["Spread(Margin)"] > heights["Random"]).all()


@pytest.mark.slow
def test_net(monkeypatch):
    results = example("net", monkeypatch)["results"]
    assert mean_height(results, "Badge") > mean_height(results, "Random")


@pytest.mark.slow
def test_forest(monkeypatch):
    found = example("plot_forest", monkeypatch)
    assert len(np.unique(found["by_votes"].query_utilities()[20:])) < 200
    assert mean_height(found["results"], "Bait, surrogate") > mean_height(
        found["results"], "Random"
    )


@pytest.mark.slow
def test_imbalanced_pool(monkeypatch):
    results = example("plot_imbalanced_pool", monkeypatch)["results"]
    for strategy in ("Margin", "Diversify(Margin)"):
        for score, better in (("balanced_accuracy", 1), ("imbalance", -1)):
            by_chance = mean_height(results, "Random", score)
            assert better * mean_height(results, strategy, score) > better * by_chance


def test_biased_pool(monkeypatch):
    summary = example("plot_biased_pool", monkeypatch)["summary"]
    ours, others = summary.loc["FisherKernel()"], summary.drop("FisherKernel()")
    assert (ours["rare digits asked"] > others["rare digits asked"]).all()
    assert (ours["accuracy"] > others["accuracy"]).all()
    lead = ours - summary.loc["Margin()"]
    assert lead["holdout learned too"] < lead["accuracy"] / 2  # as its last sentence says


@pytest.mark.slow
def test_compare(monkeypatch):
    found = example("plot_compare", monkeypatch)
    assert found["advice"].reliable


@pytest.mark.slow
def test_cross_validation(monkeypatch):
    found = example("plot_cross_validation", monkeypatch)
    assert type(found["search"].best_params_["strategy"]).__name__ != "Random"
    assert found["learner"].history_[-1]["n_labelled"] == np.isfinite(found["y"]).sum()


def test_notebook(monkeypatch):
    found = example("plot_notebook", monkeypatch)
    assert found["n_labelled"] + len(found["skipped"]) == 80
    assert found["score"] > 0.9


@pytest.mark.slow
def test_segmentation(monkeypatch):
    found = example("segmentation", monkeypatch)
    assert found["learner"].history_[-1]["n_labelled"] == 12
    assert found["learner"].score(found["test_images"], found["test_masks"]) > 0.8
    assert found["results"]["mean IoU"].between(0.2, 1).all()
