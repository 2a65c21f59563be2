"""skal: active learning for scikit-learn estimators."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from skal._version import __version__

if TYPE_CHECKING:
    from skal.learner import ActiveLearner

__all__ = ["ActiveLearner", "__version__"]

# Subpackages available without an import of their own: skal.strategies after `import skal`.
WITH_IT = ("kernels", "learner", "models", "selection", "state", "strategies")


def __getattr__(name: str) -> Any:
    """Import lazily, because scikit-learn takes seconds to import and the page does not need it."""
    if name == "ActiveLearner":
        return import_module("skal.learner").ActiveLearner
    if name in WITH_IT:
        return import_module(f"skal.{name}")
    raise AttributeError(f"module 'skal' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *WITH_IT})
