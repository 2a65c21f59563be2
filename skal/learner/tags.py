"""Tags, metadata routing and HTML representation of a learner for scikit-learn."""

from dataclasses import replace
from typing import Any

from sklearn.utils import Tags, estimator_html_repr, get_tags
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping

from skal._rows import n_rows
from skal.learner.session import Session


def tags_of(estimator: Any, surrogate: Any, *, replays: bool) -> Tags:
    """Return the estimator's tags, restricted to inputs that the surrogate accepts too."""
    tags = get_tags(estimator)
    own: dict[str, Any] = {"transformer_tags": None, "array_api_support": False}
    if surrogate is not None:
        inputs, others = tags.input_tags, get_tags(surrogate).input_tags
        own["input_tags"] = replace(
            inputs,
            allow_nan=inputs.allow_nan and others.allow_nan,
            sparse=inputs.sparse and others.sparse,
            positive_only=inputs.positive_only or others.positive_only,
        )
    few_labels = {"poor_score": True} if replays else {}
    if tags.classifier_tags is not None:
        own["classifier_tags"] = replace(tags.classifier_tags, multi_label=False, **few_labels)
        own["target_tags"] = replace(tags.target_tags, multi_output=False)
    elif tags.regressor_tags is not None:
        own["regressor_tags"] = replace(tags.regressor_tags, **few_labels)
    return replace(tags, **own)


def routing_of(
    learner: Any, estimator: Any, surrogate: Any, methods: tuple[str, ...]
) -> MetadataRouter:
    """Route fit parameters to estimator and surrogate, other parameters to the estimator."""
    to_estimator = MethodMapping().add(caller="fit", callee="fit")
    for method in methods:
        to_estimator.add(caller=method, callee=method)
    router = MetadataRouter(owner=learner).add_self_request(learner)
    router.add(estimator=estimator, method_mapping=to_estimator)
    if surrogate is not None:
        to_surrogate = MethodMapping().add(caller="fit", callee="fit")
        router.add(surrogate=surrogate, method_mapping=to_surrogate)
    return router


def html_of(learner: Any, session: Session | None) -> str:
    """Return the HTML of the learner for notebooks; after fit, with the number of known labels."""
    html = estimator_html_repr(learner)
    if session is None:
        return html
    training = session.training
    n = n_rows(training.X) + len(training.keys)
    known = f"<p>{training.n_labelled:,} labels known of {n:,} rows</p>"
    before, body, after = html.rpartition("</body>")
    return f"{before}{known}{body}{after}"
