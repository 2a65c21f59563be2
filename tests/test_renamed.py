"""Old names are refused by a sentence that gives the new one."""

import pytest
from sklearn.linear_model import LogisticRegression

import skal.strategies
from skal import ActiveLearner
from skal._renamed import renamed_parameters
from skal.nets import pretrain_rotations
from skal.strategies import Margin, Strategy, UtilityStrategy
from skal.strategies.wrappers.base import Wrapper


@renamed_parameters(epochs="max_epochs")
def train(net, *, max_epochs=1):
    """A function whose parameter had another name."""
    return net, max_epochs


class Turned(Strategy):
    """A strategy whose parameter had another name."""

    @renamed_parameters(by="classes")
    def __init__(self, classes=None):
        self.classes = classes

    def select(self, state, n):
        return state.candidates[:n]


def test_a_function_says_the_new_name():
    assert train("net", max_epochs=3) == ("net", 3)
    with pytest.raises(TypeError, match="train has no parameter 'epochs': it is called 'max_epo"):
        train("net", epochs=3)


def test_a_strategy_says_the_new_name():
    assert Turned(classes=2).get_params() == {"classes": 2}
    says = "Turned has no parameter 'by': it is called 'classes' now"
    with pytest.raises(TypeError, match=says):
        Turned(by=2)
    with pytest.raises(TypeError, match=says):
        Turned().set_params(by=2)
    learner = ActiveLearner(LogisticRegression(), Turned())
    with pytest.raises(TypeError, match=says):
        learner.set_params(strategy__by=2)
    assert learner.set_params(strategy__classes=2).strategy.classes == 2


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("FisherKernel", "n_draws", "draws"),
        ("Vaal", "epochs", "max_epochs"),
        ("Vaal", "batch_size", "net_batch_size"),
        ("Vaal", "lr", "learning_rate"),
        ("GoalRetraining", "evaluate", "target"),
        ("GoalRetraining", "subsample", "size"),
        ("ErrorReduction", "evaluate", "target"),
        ("ErrorReduction", "subsample", "size"),
        ("GoalInfluence", "evaluate", "target"),
        ("GoalInfluence", "penalty", "ridge"),
        ("Sequential", "penalty", "ridge"),
        ("Oracle", "candidates", "size"),
        ("Diversify", "by", "classes"),
        ("GreedySampling", "by", "space"),
    ],
)
def test_every_renamed_parameter(kind, old, new):
    kind = getattr(skal.strategies, kind)
    inside = (Margin(),) if issubclass(kind, Wrapper) else ()
    says = f"{kind.__name__} has no parameter '{old}': it is called '{new}' now"
    with pytest.raises(TypeError, match=says):
        kind(*inside, **{old: 1})
    with pytest.raises(TypeError, match=says):
        kind(*inside).set_params(**{old: 1})
    assert new in kind(*inside).get_params()


def test_a_pretrained_net_says_it_too():
    for old, new in (("epochs", "max_epochs"), ("lr", "learning_rate")):
        with pytest.raises(TypeError, match=f"pretrain_rotations has no parameter '{old}'.*{new}"):
            pretrain_rotations(None, None, **{old: 1})


def test_a_strategy_of_scores_is_refused_where_it_is_defined():
    for base in (UtilityStrategy, Margin):
        with pytest.raises(TypeError, match=r"Old defines score\(state\), which is called util"):
            type("Old", (base,), {"score": lambda self, state: state.candidates})


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("Margin", "score", "utilities"),
        ("Margin", "checked_score", "checked_utilities"),
        ("Margin", "scored_by", "utilities_by"),
        ("CoreSet", "scored_by", "utilities_by"),
        ("Spread", "scored_by", "utilities_by"),
    ],
)
def test_attributes_of_a_strategy(kind, old, new):
    kind = getattr(skal.strategies, kind)
    strategy = kind(Margin()) if issubclass(kind, Wrapper) else kind()
    says = f"^{kind.__name__} has no attribute '{old}': it is called '{new}' now"
    for owner in (strategy, kind):
        with pytest.raises(AttributeError, match=says):
            getattr(owner, old)
    assert hasattr(strategy, new)
    assert not hasattr(strategy, old)


def test_what_had_other_names():
    with pytest.raises(ImportError, match="no 'ScoringStrategy': it is called 'UtilityStrategy' n"):
        from skal.strategies import ScoringStrategy  # noqa: F401
    with pytest.raises(AttributeError, match="no attribute 'query_scores': it is called 'query_ut"):
        ActiveLearner(LogisticRegression()).query_scores()
    with pytest.raises(AttributeError, match="Margin has no attribute 'score': it is called 'util"):
        Margin().score(None)
    with pytest.raises(AttributeError, match=r"'skal.strategies' has no attribute 'Nonsense'"):
        skal.strategies.Nonsense  # noqa: B018
    assert not hasattr(Margin(), "score")
