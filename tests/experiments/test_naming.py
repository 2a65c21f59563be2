"""Names of what is compared."""

from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skal.strategies import Random
from tests.experiments.small import small


def test_a_long_name_is_cut_to_its_types():
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500, tol=1e-3, C=0.5))
    assert len(repr(model)) > 80
    results = small([Random()], model, seeds=1)
    assert results["estimator"].unique() == ["StandardScaler, LogisticRegression"]
