"""What a fitted estimator says of rows, in one form whatever the estimator."""

from skal.views.outputs import class_decision, class_proba, pad_classes

__all__ = ["class_decision", "class_proba", "pad_classes"]
