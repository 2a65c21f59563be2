"""The last layer of every family: it reproduces the decision, and its objective is at its optimum."""

import inspect
import warnings

import numpy as np
import pytest
from scipy import sparse
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import make_classification
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import (
    ARDRegression,
    BayesianRidge,
    ElasticNet,
    HuberRegressor,
    Lasso,
    LinearRegression,
    LogisticRegression,
    LogisticRegressionCV,
    Perceptron,
    Ridge,
    RidgeClassifier,
    RidgeCV,
    SGDClassifier,
    SGDRegressor,
)
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR, LinearSVC, LinearSVR, NuSVC, NuSVR

from skal import ActiveLearner
from skal.models import LastLayer, last_layer
from skal.strategies import CoreSet

X, Y = make_classification(120, 6, n_informative=4, n_classes=3, random_state=0)
T = X @ np.arange(6.0) + np.sin(X[:, 0])
TIGHT = {"tol": 1e-10, "max_iter": 10_000}


def fitted(estimator, y):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of convergence, and of what scikit-learn will rename
        return estimator.fit(X, y)


CLASSIFIERS = [
    LogisticRegression(**TIGHT),
    LogisticRegression(C=0.1, fit_intercept=False, **TIGHT),
    LogisticRegressionCV(Cs=3, **TIGHT),
    RidgeClassifier(),
    SGDClassifier(random_state=0),
    SGDClassifier(loss="log_loss", random_state=0),
    Perceptron(),
    LinearSVC(),
    LinearDiscriminantAnalysis(),
    SVC(decision_function_shape="ovo"),
    SVC(kernel="linear", decision_function_shape="ovo"),
    NuSVC(kernel="poly", degree=2, decision_function_shape="ovo"),
    SVC(kernel=lambda A, B: (A @ B.T + 1) ** 2, decision_function_shape="ovo"),
    make_pipeline(StandardScaler(), LogisticRegression(**TIGHT)),
    make_pipeline(Nystroem(n_components=30, random_state=0), LogisticRegression(**TIGHT)),
    GridSearchCV(
        make_pipeline(StandardScaler(), LogisticRegression(**TIGHT)),
        {"logisticregression__C": [0.1, 1]},
    ),
    OneVsRestClassifier(LogisticRegression()),
]


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("estimator", CLASSIFIERS, ids=lambda e: type(e).__name__)
def test_a_linear_decision_is_reproduced(estimator, n_classes):
    y = np.minimum(Y, n_classes - 1)
    fitted(estimator, y)
    layer = last_layer(estimator, X)
    F = estimator.decision_function(X)
    F = np.column_stack([-F / 2, F / 2]) if F.ndim == 1 else F
    np.testing.assert_allclose(layer.decision, F, atol=1e-10)
    np.testing.assert_array_equal(layer.classes, np.arange(n_classes))
    np.testing.assert_allclose(layer.proba.sum(axis=1), 1)
    assert layer.task == "classification"
    assert len(layer.weights) == layer.features.shape[1] + layer.intercept


def gradient(layer, y):
    """Of the objective as the record states it."""
    Z = layer.features
    Z = np.column_stack([Z, np.ones(len(Z))]) if layer.intercept else Z
    if layer.task == "classification":
        residual = layer.proba - (y[:, None] == layer.classes)
    else:
        residual = layer.prediction - y.reshape(len(y), -1)
    return Z.T @ residual + layer.ridge[:, None] * layer.weights


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(**TIGHT),
        LogisticRegression(C=0.01, solver="newton-cg", **TIGHT),
        LogisticRegression(C=7, fit_intercept=False, **TIGHT),
        LogisticRegression(C=np.inf, **TIGHT),
        LogisticRegressionCV(Cs=3, **TIGHT),
        LogisticRegression(solver="liblinear", intercept_scaling=3, **TIGHT),
        LogisticRegression(solver="liblinear", C=0.1, **TIGHT),
        make_pipeline(StandardScaler(), LogisticRegression(**TIGHT)),
    ],
    ids=repr,
)
def test_the_gradient_vanishes_at_the_fitted_weights(estimator, n_classes):
    if n_classes == 3 and getattr(estimator, "solver", "") == "liblinear":
        pytest.skip("liblinear is for two classes")
    y = np.minimum(Y, n_classes - 1)
    layer = last_layer(fitted(estimator, y), X)
    scale = np.abs(layer.features).sum(axis=0).max()
    assert np.abs(gradient(layer, y)).max() < 1e-5 * scale


@pytest.mark.parametrize(
    "estimator",
    [
        LinearRegression(),
        LinearRegression(fit_intercept=False),
        Ridge(alpha=3.0),
        RidgeCV(alphas=[0.1, 10]),
        BayesianRidge(tol=1e-10, max_iter=2000),
        ARDRegression(tol=1e-10, threshold_lambda=1e12, max_iter=2000),
        TransformedTargetRegressor(Ridge(), func=None),
    ],
    ids=lambda e: type(e).__name__,
)
@pytest.mark.parametrize("outputs", [1, 2])
def test_the_gradient_of_a_regression_vanishes(estimator, outputs):
    if outputs == 2 and isinstance(estimator, BayesianRidge | ARDRegression):
        pytest.skip("one output only")
    y = T if outputs == 1 else np.column_stack([T, -(T**2)])
    layer = last_layer(fitted(estimator, y), X)
    assert layer.task == "regression"
    assert layer.prediction.shape == (120, outputs)
    np.testing.assert_allclose(layer.decision, layer.prediction, atol=1e-9)
    assert np.abs(gradient(layer, y)).max() < 1e-3


def test_no_penalty_where_weights_are_pruned():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(60, 6))
    model = ARDRegression().fit(rows, rows[:, 0] + 0.1 * rng.normal(size=60))
    assert not model.coef_.all()
    assert last_layer(model, rows).ridge is None


@pytest.mark.parametrize(
    "estimator",
    [
        *[e for e in CLASSIFIERS if not isinstance(e, LogisticRegression) and "Log" not in repr(e)],
        LogisticRegression(solver="saga", l1_ratio=0.5, penalty="elasticnet", **TIGHT),
        LogisticRegression(max_iter=1),
        LogisticRegression(class_weight="balanced", **TIGHT),
        OneVsRestClassifier(LogisticRegression()),
        CalibratedClassifierCV(LogisticRegression()),
        MLPClassifier(max_iter=5),
    ],
    ids=lambda e: type(e).__name__,
)  # fmt: skip
def test_no_penalty_where_the_objective_has_no_hessian_at_its_optimum(estimator):
    assert last_layer(fitted(estimator, Y), X).ridge is None


@pytest.mark.parametrize(
    "estimator",
    [Lasso(), ElasticNet(), SGDRegressor(), LinearSVR(), SVR(), SVR(kernel="linear"), NuSVR(), HuberRegressor(), LinearRegression(positive=True), Ridge(solver="sag", max_iter=1), MLPRegressor(max_iter=5)],
    ids=lambda e: type(e).__name__,
)  # fmt: skip
def test_other_regressions(estimator):
    layer = last_layer(fitted(estimator, T), X)
    assert layer.ridge is None
    np.testing.assert_allclose(layer.decision, estimator.predict(X)[:, None], atol=1e-9)


@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic", "identity"])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_perceptrons(activation, n_classes):
    y = np.minimum(Y, n_classes - 1)
    net = fitted(MLPClassifier((7, 5), activation=activation, max_iter=20, random_state=0), y)
    layer = last_layer(net, X)
    assert layer.features.shape == (120, 5)
    e = np.exp(layer.decision)
    np.testing.assert_allclose(e / e.sum(axis=1, keepdims=True), net.predict_proba(X), atol=1e-12)


def test_a_target_in_another_space():
    model = TransformedTargetRegressor(Ridge(), transformer=StandardScaler()).fit(X, T)
    layer = last_layer(model, X)
    assert layer.ridge is None
    np.testing.assert_allclose(layer.prediction[:, 0], model.predict(X))


def test_a_perceptron_without_hidden_layers_on_sparse_rows():
    S = sparse.csr_matrix(X)
    net = fitted(MLPClassifier((), max_iter=5), Y)
    assert last_layer(net, S).features.shape == (120, 6)


def test_calibrated_models_show_the_inner_one():
    inner = LogisticRegression()
    for ensemble in (True, False):
        model = CalibratedClassifierCV(inner, ensemble=ensemble).fit(X, Y)
        layer = last_layer(model, X)
        expected = model.calibrated_classifiers_[0].estimator.decision_function(X)
        np.testing.assert_allclose(layer.decision, expected)
        np.testing.assert_allclose(layer.proba, model.predict_proba(X))


def test_what_nystroem_leaves_out():
    """Nyström features approximate the kernel; the error is what the components leave out."""
    errors = []
    for n in (10, 40, 120):
        pipe = make_pipeline(
            Nystroem(n_components=n, gamma=0.1, random_state=0), LogisticRegression()
        )
        Z = last_layer(pipe.fit(X, Y), X).features
        exact = np.exp(-0.1 * ((X[:, None] - X[None]) ** 2).sum(axis=2))
        errors.append(np.abs(Z @ Z.T - exact).max())
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 1e-6


def test_sparse_rows_stay_sparse():
    S = sparse.csr_matrix(X)
    layer = last_layer(LogisticRegression().fit(S, Y), S)
    assert sparse.issparse(layer.features)
    np.testing.assert_allclose(layer.decision, LogisticRegression().fit(S, Y).decision_function(S))


def test_features_of_their_own_have_no_one_last_layer():
    with pytest.raises(TypeError, match="see features of their own"):
        last_layer(OneVsRestClassifier(SVC()).fit(X, Y), X)


def test_what_has_no_last_layer_names_the_surrogate():
    forest = RandomForestClassifier(2).fit(X, Y)
    with pytest.raises(TypeError, match=r"RandomForestClassifier is not known.*surrogate="):
        last_layer(forest, X)
    for estimator in (
        RandomForestClassifier(),
        make_pipeline(StandardScaler(), RandomForestClassifier()),
    ):
        with pytest.raises(ValueError, match=r"needs a last layer to look into.*surrogate="):
            ActiveLearner(estimator, CoreSet()).fit(X, Y)


def test_users_can_register_their_own():
    class Mine(RandomForestClassifier):
        pass

    @last_layer.register(Mine)
    def mine(estimator, X):
        return LastLayer(
            features=X[:, :2], weights=None, intercept=False, classes=estimator.classes_
        )

    y = np.where(np.arange(120) < 30, Y, np.nan)
    learner = ActiveLearner(Mine(3), CoreSet(), random_state=0).fit(X, y)
    assert learner.query_state().pool.features.shape == (90, 2)
    assert learner.query(batch_size=3).shape == (3,)


def test_views_join_blocks():
    from sklearn import config_context

    y = np.where(np.arange(120) % 3 == 0, Y, np.nan)
    learner = ActiveLearner(make_pipeline(StandardScaler(), SVC())).fit(X, y)
    whole = learner.query_state().pool.last_layer
    with config_context(working_memory=0.02):
        blocks = learner.query_state().pool.last_layer
    np.testing.assert_allclose(blocks.features, whole.features)
    np.testing.assert_allclose(blocks.proba, whole.proba)
    part = learner.query_state().pool.part(np.array([4, 2])).last_layer
    np.testing.assert_allclose(part.features, whole.features[[4, 2]])


# ---------------------------------------------------------------------- nets
torch = pytest.importorskip("torch", reason="nets need torch")
skorch = pytest.importorskip("skorch", reason="nets need skorch")
F32 = X.astype(np.float32)


class Net(torch.nn.Module):
    def __init__(self, end="logits", outputs=3):
        super().__init__()
        self.hidden = torch.nn.Linear(6, 5)
        self.drop = torch.nn.Dropout(0.5)
        self.head = torch.nn.Linear(5, outputs)
        self.end = end

    def forward(self, x):
        logits = self.head(self.drop(torch.relu(self.hidden(x))))
        ends = {
            "softmax": lambda: logits.softmax(1),
            "log": lambda: logits.log_softmax(1),
            "squeeze": lambda: logits.squeeze(-1),
            "tanh": lambda: torch.tanh(logits),
        }
        return ends.get(self.end, lambda: logits)()


def net(cls=None, **kwargs):
    kwargs = {
        "criterion": torch.nn.CrossEntropyLoss,
        "max_epochs": 3,
        "verbose": 0,
        "train_split": None,
        **kwargs,
    }
    torch.manual_seed(0)
    return (cls or skorch.NeuralNetClassifier)(Net, **kwargs)


@pytest.mark.parametrize(
    ("end", "criterion"),
    [
        ("logits", torch.nn.CrossEntropyLoss),
        ("softmax", torch.nn.NLLLoss),
        ("log", torch.nn.CrossEntropyLoss),
    ],
)
def test_net(end, criterion):
    one = net(module__end=end, criterion=criterion).fit(F32, Y)
    layer = last_layer(one, F32)
    assert isinstance(layer.features, torch.Tensor)
    assert not layer.features.requires_grad
    one.module_.eval()
    with torch.no_grad():
        hidden = torch.relu(one.module_.hidden(torch.as_tensor(F32)))
        proba = one.module_.head(hidden).softmax(1)
    np.testing.assert_allclose(layer.features, hidden, atol=1e-6)
    np.testing.assert_allclose(layer.proba, proba, atol=1e-6)
    np.testing.assert_allclose(layer.proba, one.predict_proba(F32), atol=1e-6)
    assert not one.module_.head._forward_pre_hooks


def test_binary_net_and_regression_net():
    binary = net(
        skorch.NeuralNetBinaryClassifier,
        criterion=torch.nn.BCEWithLogitsLoss,
        module__end="squeeze",
        module__outputs=1,
    )
    binary.fit(F32, (Y > 0).astype(np.float32))
    layer = last_layer(binary, F32)
    np.testing.assert_allclose(layer.proba, binary.predict_proba(F32), atol=1e-6)
    regressor = net(skorch.NeuralNetRegressor, criterion=torch.nn.MSELoss, module__outputs=1)
    regressor.fit(F32, F32[:, :1])
    layer = last_layer(regressor, F32)
    np.testing.assert_allclose(layer.prediction, regressor.predict(F32), atol=1e-6)


def test_a_head_that_is_not_the_end():
    one = net(module__end="tanh").fit(F32, Y)
    with pytest.raises(TypeError, match=r"not those of its last nn.Linear"):
        last_layer(one, F32)


def test_a_named_layer():
    class Two(Net):
        last_layer = "head"

        def __init__(self):
            super().__init__()
            self.unused = torch.nn.Linear(2, 2)  # the last one of all

    one = skorch.NeuralNetClassifier(
        Two, criterion=torch.nn.CrossEntropyLoss, max_epochs=1, verbose=0, train_split=None
    )
    assert last_layer(one.fit(F32, Y), F32).features.shape == (120, 5)


def test_a_name_that_is_no_linear_layer():
    class Wrong(Net):
        last_layer = "drop"

    one = skorch.NeuralNetClassifier(
        Wrong, criterion=torch.nn.CrossEntropyLoss, max_epochs=1, verbose=0, train_split=None
    )
    with pytest.raises(
        TypeError,
        match=r"last_layer = 'drop' of Wrong must be the name of an nn.Linear; it has \['hidden",
    ):
        last_layer(one.fit(F32, Y), F32)


def test_a_binary_net_in_the_loop():
    from skal.strategies import Badge, Bald

    binary = net(
        skorch.NeuralNetBinaryClassifier,
        criterion=torch.nn.BCEWithLogitsLoss,
        module__end="squeeze",
        module__outputs=1,
    )
    y = np.where(np.arange(120) < 40, Y > 0, np.nan)
    for strategy in (Badge(), Bald(draws=3)):
        learner = ActiveLearner(binary, strategy, random_state=0).fit(F32, y)
        learner.teach(learner.query(), [1])
        assert set(learner.predict(F32)) <= {0, 1}


def test_log_softmax_under_nll_loss_is_refused():
    from skal.strategies import Margin

    one = net(module__end="log", criterion=torch.nn.NLLLoss)
    with pytest.raises(ValueError, match="wants criterion=CrossEntropyLoss"):
        ActiveLearner(one, Margin(), missing_label=-1, random_state=0).fit(
            F32, np.where(np.arange(120) < 40, Y, -1)
        ).query(F32)


def test_views_leave_spare_outputs_out():
    y = np.where(np.arange(120) < 60, Y, np.nan)
    learner = ActiveLearner(net(module__outputs=8), random_state=0).fit(F32, y)
    pool = learner.query_state().pool
    assert pool.last_layer.classes.tolist() == [0, 1, 2]
    np.testing.assert_allclose(pool.last_layer.proba, pool.proba, atol=1e-6)


def test_spare_outputs():
    one = net(module__outputs=8).fit(F32, Y)
    layer = last_layer(one, F32)
    assert layer.classes.tolist() == list(range(8))
    assert layer.proba.shape == (120, 8)


def test_the_old_name_of_the_ridge():
    layer = LastLayer(X, None, False, 2.0)
    with pytest.warns(DeprecationWarning, match="read layer.ridge"):
        assert layer.penalty == layer.ridge == 2.0
    with pytest.raises(TypeError, match="the curvature is called ridge="):
        LastLayer(X, None, False, penalty=2.0)
    assert list(inspect.signature(LastLayer).parameters)[3] == "ridge"
