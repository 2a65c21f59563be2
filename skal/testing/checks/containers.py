"""Checks with the same rows in other containers: float32, sparse matrices, tensors."""

import contextlib
from unittest import SkipTest

from sklearn import config_context

from skal.state import QueryState
from skal.testing.checks.picks import valid_picks
from skal.testing.estimators import stated_needs
from skal.testing.trial import HOW_TO_DENSE, Trial, difference
from skal.testing.watching import dense_copies

N = 4


def check_float32(trial: Trial) -> None:
    """Check that the selection is the same for rows in float32 as in float64."""
    _like_dense(trial, "float32", "when the rows were float32", 0.02, "")


def check_sparse_features(trial: Trial) -> None:
    """Check that the selection is the same for sparse rows as for dense ones."""
    _like_dense(trial, "sparse", "when the rows were a sparse matrix", 0.01, HOW_TO_DENSE)


def check_tensor_features(trial: Trial) -> None:
    """Check that the selection is the same for features in tensors as in NumPy arrays."""
    if "std" in stated_needs(trial.strategy):
        raise SkipTest("a model whose features are tensors is a net, which has no deviations.")
    where = "when the features were torch tensors"
    _like_dense(trial, "tensors", where, 1e-6, HOW_TO_DENSE)


def check_sparse_stays_sparse(trial: Trial) -> None:
    """Check that no dense copy of a whole sparse pool is made."""
    state = trial.problem.wide_state()
    n, d = state.pool.X.shape
    _look(state)  # so that the tiny blocks are used by the strategy alone
    with config_context(working_memory=0.125), dense_copies() as shapes:
        trial.pick(state, N, "when the rows were a sparse matrix", mend=HOW_TO_DENSE)
    if whole := [shape for shape in shapes if shape[0] >= n and shape[1:] == (d,)]:
        trial.fail(
            f"made a dense copy of {whole[0][0]} sparse rows at once, and the pool has {n}",
            "A dense copy of a large pool does not fit into memory: loop over `for rows, block in "
            "view.dense_blocks()`, which converts a few rows at a time.",
        )


def _look(state: QueryState) -> None:
    """Let the views compute the outputs of the model."""
    for view in (state.pool, state.labelled, state.holdout, state.previous_pool):
        for name in ("proba", "decision", "prediction", "last_layer"):
            with contextlib.suppress(AttributeError, TypeError, ValueError):  # it has none
                getattr(view, name)


def _like_dense(trial: Trial, form: str, where: str, tolerance: float, mend: str) -> None:
    """Select from a form of the rows, and compare with the selection from dense rows."""
    problem = trial.problem
    picks = valid_picks(trial, problem.state(form), N, where, mend=mend)
    if trial.is_random or not problem.same_model(form):
        return
    if trial.rates_rows:
        utilities = [trial.rate(problem.state(name), where) for name in ("dense", form)]
        if (off := difference(*utilities)) > tolerance:
            trial.fail(
                f"gave utilities that differ by {off:.2g} of their range {where}, from those of "
                "the same rows as dense float64",
                f"They may differ by rounding. {mend}".rstrip(),
            )
        return
    expected = trial.pick(problem.state(), N)
    if set(picks) != set(expected):
        trial.fail(
            f"selected {picks.tolist()} {where}, and {expected.tolist()} from the same rows as "
            "dense float64",
            f"The same rows are expected. {mend}".rstrip(),
        )
