"""Selection of rows from scores and orders: pure functions of arrays."""

from skal.selection.clusters import few_rounds, k_means
from skal.selection.conditional_variance import conditional_variance
from skal.selection.greedy import backward, forward
from skal.selection.k_centre import k_centre
from skal.selection.k_means_pp import k_means_pp
from skal.selection.largest_cluster import largest_cluster
from skal.selection.lazy_greedy import lazy_greedy
from skal.selection.round_robin import round_robin
from skal.selection.streamed_top import StreamedTop
from skal.selection.top import ranking, top
from skal.selection.turns import take_turns

__all__ = [
    "StreamedTop",
    "backward",
    "conditional_variance",
    "few_rounds",
    "forward",
    "k_centre",
    "k_means",
    "k_means_pp",
    "largest_cluster",
    "lazy_greedy",
    "ranking",
    "round_robin",
    "take_turns",
    "top",
]
