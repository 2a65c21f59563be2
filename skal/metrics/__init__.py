"""What a learner was worth on the way, and what one strategy saves against another.

Most functions read the frame that :func:`skal.experiments.compare` returns; `performance_today`
reads a learner.
"""

from skal.metrics.areas import area_under_curve, gap_closed, mean_ranks
from skal.metrics.batches import imbalance_ratio, mistake_lift
from skal.metrics.curves import learning_curve_scorer
from skal.metrics.estimate import Estimate
from skal.metrics.frames import score_column
from skal.metrics.maps import mean_iou
from skal.metrics.outlook import Outlook
from skal.metrics.pairs import pairwise_penalty
from skal.metrics.performance import performance_so_far, performance_today
from skal.metrics.savings import labels_saved, labels_to_reach
from skal.metrics.stopping import stopping_costs

__all__ = [
    "Estimate",
    "Outlook",
    "area_under_curve",
    "gap_closed",
    "imbalance_ratio",
    "labels_saved",
    "labels_to_reach",
    "learning_curve_scorer",
    "mean_iou",
    "mean_ranks",
    "mistake_lift",
    "pairwise_penalty",
    "performance_so_far",
    "performance_today",
    "score_column",
    "stopping_costs",
]
