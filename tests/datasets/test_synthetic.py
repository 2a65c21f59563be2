"""The papers' designs: what they say of themselves is true."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from skal import ActiveLearner, datasets
from skal.strategies import Margin


@pytest.mark.parametrize("seed", range(3))
def test_synth2_is_as_the_paper_says(seed):
    X, y, groups = datasets.make_synth2(return_groups=True, random_state=seed)
    assert X.shape == (600, 2)  # Table 1: 10 first labels, 530 in the pool, 60 in the test set
    first, pool, test = slice(0, 10), slice(10, 540), slice(540, 600)
    assert set(groups[first]) == {"central"}
    assert np.bincount(y[first]).tolist() == [5, 5]
    assert (groups[pool] == "central").sum() == 170  # section 6.2
    assert np.bincount(y[test]).tolist() == [30, 30]

    centre = {
        (group, label): X[(groups == group) & (y == label)].mean(axis=0)
        for group in set(groups)
        for label in (0, 1)
    }
    upper_left, lower_right = centre["distracting", 1], centre["distracting", 0]
    assert upper_left[0] < -2 < 2 < upper_left[1]
    assert lower_right[1] < -2 < 2 < lower_right[0]
    for label, sign in ((0, 1), (1, -1)):
        assert (sign * centre["definitive", label] > 2).all()  # upper right, lower left
    sides = {key: (c[1] - c[0]) / np.sqrt(2) * (1 if key[1] else -1) for key, c in centre.items()}
    assert min(sides.values()) > 0  # y = x puts each cluster on its side
    distances = {group: (sides[group, 0] + sides[group, 1]) / 2 for group in set(groups)}
    assert distances["distracting"] > 4 * max(distances["central"], distances["definitive"])


def test_synth2_traps_whoever_asks_next_to_the_boundary():
    X, y, groups = datasets.make_synth2(return_groups=True, random_state=0)
    labels = np.where(np.arange(540) < 10, y[:540], np.nan)
    learner = ActiveLearner(LogisticRegression(C=0.1), Margin(), batch_size=10)
    learner.fit(X[:540], labels)
    across, up = learner.estimator_.coef_[0]
    assert up > 3 * abs(across)  # nearly horizontal
    assert learner.score(X[540:], y[540:]) < 0.7
    for _ in range(16):
        rows = learner.query()
        assert set(groups[rows]) == {"central"}
        learner.teach(rows, y[rows])
    assert learner.score(X[540:], y[540:]) < 0.7
    assert LogisticRegression(C=0.1).fit(X[:540], y[:540]).score(X[540:], y[540:]) > 0.95


def test_synth2_has_one_answer_a_seed():
    for one, same in zip(
        datasets.make_synth2(random_state=3), datasets.make_synth2(random_state=3)
    ):
        np.testing.assert_array_equal(one, same)
    assert (
        datasets.make_synth2(random_state=4)[0] != datasets.make_synth2(random_state=3)[0]
    ).any()


@pytest.mark.parametrize("design", ["gaussian", "orthonormal"])
def test_both_designs_have_the_same_covariance(design):
    d = 6
    X, y, theta = datasets.make_spectral_regression(
        200_000, d, design=design, noise=0.5, prior_precision=4, coef=True, random_state=0
    )
    p = np.array([1 / i**2 for i in range(1, d + 1)])
    p /= p.sum()
    np.testing.assert_allclose(X.T @ X / len(X), np.diag(p), atol=0.01)
    if design == "orthonormal":
        assert set(np.unique(X)) == {0.0, 1.0}
        assert (X.sum(axis=1) == 1).all()
    assert (y - X @ theta).std() == pytest.approx(0.5, rel=0.01)


def test_the_prior_of_the_coefficients():
    *_, theta = datasets.make_spectral_regression(1, 50_000, prior_precision=4, coef=True)
    assert theta.std() == pytest.approx(0.5, rel=0.02)
    assert len(datasets.make_spectral_regression()) == 2
    assert datasets.make_spectral_regression()[0].shape == (1000, 100)


@pytest.mark.parametrize(
    "wrong",
    [
        {"design": "uniform"},
        {"n_samples": 0},
        {"n_features": 2.5},
        {"noise": -1},
        {"prior_precision": 0},
    ],
)
def test_spectral_regression_refuses(wrong):
    (name,) = wrong
    with pytest.raises(ValueError, match=f"{name}="):
        datasets.make_spectral_regression(**wrong)
