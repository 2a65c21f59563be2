"""One replay, and the measurements in each of its rounds."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.metrics import check_scoring, get_scorer, make_scorer

from skal._maps import UNLABELLED, right, share_right
from skal._rows import take
from skal.experiments.lines import OF_CLASSES, TAKEN
from skal.experiments.plan import Replay
from skal.learner import ActiveLearner
from skal.metrics import imbalance_ratio
from skal.metrics.stopping import STOP

RIGHT = "(share right)"  # beside the requested scores


def run(replay: Replay) -> list[dict]:
    """Return one record per round: labels, scores on the test rows, and queried rows."""
    try:
        return list(_rounds(replay))
    except Exception as error:
        error.add_note(f"In the replay of {replay}.")
        raise


def _rounds(replay: Replay) -> Iterator[dict]:
    task, settings = replay.task, replay.settings
    split = task.split(replay.seed, settings.test_size, settings.holdout_size)
    X, y = take(task.X, split.training), task.y[split.training]
    budget = min(settings.budget, task.n_to_spend(split))  # `make_plan` warned if it is smaller
    learner = replay.make_learner().set_params(replay_budget=budget)
    learner.fit(X, y, X_val=split.X_val, y_val=split.y_val)
    scoring = dict(settings.scoring)
    if task.classify:
        scoring[RIGHT] = make_scorer(share_right)
    if task.labels.ndim > 2:  # scikit-learn's accuracy does not support maps
        plain = repr(get_scorer("accuracy"))
        of_maps = scoring.get(RIGHT)
        scoring = {name: of_maps if repr(s) == plain else s for name, s in scoring.items()}
    scorer = check_scoring(learner, scoring=scoring)
    classes = np.unique(_one_each(task.labels[task.known]))
    labels: list[np.ndarray] = []
    batch: dict[str, float | None] = dict.fromkeys(OF_CLASSES)
    before, error_before = None, None
    for number, (record, model) in enumerate(_with_models(learner)):
        rows = split.training[record.pop("rows")]
        if "audited" in record:  # predictions before labelling are in the learner's history
            record["audited"] = split.training[record["audited"]].tolist()
            del record["audit_predicted"], record["audit_proba"]
        scores = scorer(model, split.X_test, split.y_test)
        labels.append(_one_each(task.labels[rows]))
        if task.classify:
            batch["imbalance"] = imbalance_ratio(np.concatenate(labels), classes)
            if before is not None:
                found = right(task.labels[rows], before.predict(take(task.X, rows)))
                batch |= {"mistakes": float((~found).mean()), "base_error": error_before}
            before, error_before = model, 1 - float(scores[RIGHT])
        measured = {
            "round": number,
            **{name: record.pop(name) for name in ("n_labelled", "query_seconds", "fit_seconds")},
            **{name: float(scores[name]) for name in settings.scoring},
            **batch,
            "n_holdout": 0 if split.y_val is None else len(split.y_val),
            "rows": rows.tolist(),
            **{f"{STOP}{name}": rule.advise(model).stop for name, rule in replay.rules.items()},
        }
        taken = measured.keys() | TAKEN  # values recorded by a strategy must not replace them
        yield measured | {f"recorded_{k}" if k in taken else k: v for k, v in record.items()}


def _with_models(learner: ActiveLearner) -> Iterator[tuple[dict, Any]]:
    """Yield the learner's records, each with its model; rows before the first are added to it."""
    models = {then.n_labelled: then.model for then in learner.rounds()}
    rows, seconds = [], 0.0  # no row is audited before the first model
    for record in learner.history_:
        rows.append(record["rows"])
        seconds += record["query_seconds"]
        if (model := models.get(record["n_labelled"])) is not None:
            yield {**record, "rows": np.concatenate(rows), "query_seconds": seconds}, model
            rows, seconds = [], 0.0


def _one_each(labels: np.ndarray) -> np.ndarray:
    """Return labels, one per row; for maps, those of all labelled positions."""
    return labels if labels.ndim <= 2 else labels[labels != UNLABELLED]
