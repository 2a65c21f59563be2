"""Rows that tell the most about the whole pool: Fisher information, exact and fast."""

import math
from typing import Any, ClassVar

import numpy as np
from sklearn.utils._param_validation import StrOptions

from skal._array import dtype_name, is_device
from skal._constraints import AT_LEAST_ONE, BYTES, COUNT, POSITIVE, InvalidParameterError
from skal.kernels.fisher.certificate import lower_bound
from skal.kernels.fisher.regularization import NO_SUMS
from skal.kernels.fisher.span import AllFeatures, Span
from skal.kernels.fisher.structures import Binary, Block, Full, Regression
from skal.selection import backward, forward
from skal.state import QueryState
from skal.strategies._fisher.information import (
    Known,
    as_scale,
    data_of,
    prior_of,
    strengths_of,
    total_trace,
)
from skal.strategies._fisher.memory import Size, too_large
from skal.strategies._fisher.streamed import PoolSums
from skal.strategies.base import Strategy
from skal.strategies.narrowing import PoolSum

STRUCTURES: dict[str, type[Full | Block | Binary]] = {
    "full": Full,
    "block": Block,
    "binary": Binary,
}


# Where M may become so many times λ, what is left of tr(M⁻¹F) has few digits of a float32 F.
MOST_GROWN = 1e4


class Bait(Strategy):
    """Ask for the rows that, once labelled, leave the least to learn about the pool.

    The Fisher information of a row is what its label would tell about the last layer's weights:
    I(x) = zzᵀ ⊗ (diag p − ppᵀ) for a softmax, zzᵀ for squared loss.  Of all batches S the one is
    sought that makes

        tr((λI + Σ_labelled I(x) + Σ_S I(x))⁻¹ F),   F = mean of I(x) over pool and labelled rows

    smallest: for a linear model that is the error it will have on the pool.  Rows are added one by
    one, each the best there is, until `oversample` × n are in; then the ones that are missed least
    are taken out again.  Every pick is exact, and costs one pass over the pool.

    Parameters
    ----------
    structure : {"auto", "full", "block", "binary"}, default="auto"
        How much of I(x) is looked at: all of it; each class by itself; the most likely class
        against the rest (exact at two classes).  "auto" is the first of these that fits
        `max_memory`, and the record of the query says which.  A regression has but one.
    rank : int, default=None
        Add rows by what this many of their most likely classes show of I(x) ("full" only).  F, M
        and removals see all classes.  The paper leaves out the columns of I(x) of the lowest
        norm; here those of the least probable classes are left out.
    oversample : float, default=2
        How many times the batch is picked before rows are taken out again; 1 takes none out.
    weighting : {"sum", "paper", "authors"}, default="sum"
        Whether the labelled rows count one each; together as much as one pick, as in the paper's
        Algorithm 1; or as in its authors' experiments, n labelled rows together n/(n + b) and each
        pick b/(n + b).  Sample weights and class weights w of the fit multiply what a labelled row
        counts: the sum is Σ w·I(x), and the mean of "paper" and "authors" is Σ w·I(x)/Σ w.
    regularization : {"auto", "model"} or float, default="auto"
        The λ above.  "auto" has one for each feature, its mean information, so that rescaling a
        feature changes nothing: λ_j is the mean over the pool and the labelled rows of c·z_j²,
        where c is (1 − Σp²)/(k − 1) with "full", (1 − Σp²)/k with "block", 2p(1 − p) of the most
        likely class with "binary", and 1 of a regression.  "model" is the
        ridge of the model's own objective, where it is known: 1/C of a logistic regression, 2/C
        where there are two classes (of their symmetric parameters), alpha of a ridge regression.
        Weights that the objective leaves free, as an intercept, have a thousandth of "auto".
    target : {"pool", "holdout", "identity"} or X, default="pool"
        The rows F is the mean over: where the model ought to do well.  "identity" is F = I.
    certify : bool, default=False
        Record how far from the best possible batch this one can be at most: `lower_bound`, which
        no batch is below, and `gap`, the objective's excess over it as a share.
    max_memory : float, default=4e9
        Bytes beside the features that may be used.  "auto" takes a structure that fits; where none
        does, or the one asked for does not, the query is refused.
    device : str or torch.device, default=None
        Where to compute: features are moved there once.  None leaves them where they are.

    See Also
    --------
    Determinantal : The determinant of the information, without the pool.
    Badge : Large gradients unlike each other, at less cost.

    Notes
    -----
    Time O(b·n·d·k² + n·d²·k² + d³·k³), memory O(n·k² + d²·k²). With ``structure="block"`` k²
    and k³ are k, with "binary" and of a regression 1. Where the candidates and the labelled
    rows are r < d/2, the problem is solved in their span, with the same picks: r takes the
    place of d, and a basis costs O(d·r²) and d·r numbers. So ``Shortlist(Bait())`` takes
    sparse rows of any width.

    References
    ----------
    Ash, Goel, Krishnamurthy and Kakade, Gone fishing: neural active learning with Fisher
    embeddings, 2021.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> from skal.strategies import Bait
    >>> X = np.array([[-1.0, 0], [1, 0], [0.1, 3], [0.2, 3], [0, 0], [5, -1]])
    >>> learner = ActiveLearner(LogisticRegression(), Bait()).fit(X, [0, 1] + 4 * [None])
    >>> learner.query(batch_size=2)
    array([5, 3])
    """

    _parameter_constraints: ClassVar[dict] = {
        "structure": [StrOptions({"auto", *STRUCTURES})],
        "rank": [COUNT, None],
        "oversample": [AT_LEAST_ONE],
        "weighting": [StrOptions({"sum", "paper", "authors"})],
        "regularization": [StrOptions({"auto", "model"}), POSITIVE],
        "target": [StrOptions({"pool", "holdout", "identity"}), "array-like", "sparse matrix"],
        "certify": ["boolean"],
        "max_memory": [BYTES],
        "device": "no_validation",  # `check` does: torch, whose type it may be, may not be there
    }

    def __init__(
        self,
        structure: str = "auto",
        *,
        rank: int | None = None,
        oversample: float = 2,
        weighting: str = "sum",
        regularization: str | float = "auto",
        target: Any = "pool",
        certify: bool = False,
        max_memory: float = 4e9,
        device: Any = None,
    ):
        self.structure = structure
        self.rank = rank
        self.oversample = oversample
        self.weighting = weighting
        self.regularization = regularization
        self.target = target
        self.certify = certify
        self.max_memory = max_memory
        self.device = device

    @property
    def needs(self) -> frozenset[str]:
        needs = {"model", "last_layer"}
        if isinstance(self.target, str) and self.target == "holdout":
            needs.add("holdout")
        if self.structure not in ("auto", "full") or self.rank is not None:
            needs.add("classifier")  # a regression has one structure
        return frozenset(needs)

    def check(self) -> None:
        """Raise an error for invalid parameters, or a rank that the structure has no use for."""
        super().check()
        if not (self.device is None or isinstance(self.device, str) or is_device(self.device)):
            raise InvalidParameterError(
                "The 'device' parameter of Bait must be an instance of 'str', a torch.device or "
                f"None. Got {self.device!r} instead."
            )
        if self.rank is not None and self.structure not in ("auto", "full"):
            raise ValueError(
                f"rank={self.rank} is for structure='full': structure={self.structure!r} has "
                "less to choose from already."
            )

    def select(self, state: QueryState, n: int) -> np.ndarray:
        """The n candidates that are left, in the order in which they were added."""
        pool, labelled = (data_of(view, self.device) for view in (state.pool, state.labelled))
        candidates, sums = pool.part(state.candidates), state.sums
        if sums is None:
            structure, in_span = self._structure(candidates, labelled)
            seen, before = [pool, labelled], NO_SUMS
        else:
            structure, in_span = sums.structure, False
            seen, before = [labelled], sums.curvature
        strengths = strengths_of(self.regularization, structure, seen, state.labelled, before)
        known = Known.of(state.labelled, labelled, self.weighting, n)
        scale = as_scale(known.total * strengths, pool)
        space: AllFeatures | Span = AllFeatures(scale)
        if in_span:
            space = span = Span([candidates, labelled], scale)
            candidates, labelled = span.parts
        prior = prior_of(structure, labelled, known, space.scale)
        n_added = min(math.ceil(self.oversample * n), candidates.n)
        target, size, outside = self._target(state, structure, seen, space, prior)
        grown = (labelled.n + n_added) * size / math.prod(target.shape[:2])
        if dtype_name(candidates.Z) == "float32" and grown > MOST_GROWN:
            parts = (state, structure, seen, space, prior)
            target, size, outside = self._target(*parts, double=True)
        rows = structure.rows(candidates, space.scale, prior, target)
        picks = forward(rows, n_added)
        if len(picks) > n:
            rows = rows.kept()
            picks = picks[backward(rows, len(picks), n)]
        objective = self._objective(state, known, size, rows.inverse.objective(), outside)
        state.record(structure=structure.name, objective=objective, regularization=strengths)
        if self.certify:
            bound = lower_bound(structure, candidates, space.scale, prior(), target, picks)
            bound = self._objective(state, known, size, bound, outside)
            gap = objective / bound - 1 if bound > 0 else 0.0  # F = 0: nothing is to be learned
            state.record(lower_bound=bound, gap=gap)
        return state.candidates[picks]

    def pool_sums(self, state: QueryState, n: int) -> PoolSum:
        """F, and the means that λ follows from, added up a piece at a time."""
        labelled = data_of(state.labelled, self.device)

        def added(piece):
            data = data_of(piece.pool, self.device)
            if piece.sums is None:
                some = data.part(np.arange(min(n, data.n)))
                return PoolSums.of(self._structure(some, labelled, in_all=True)[0], data)
            return piece.sums + PoolSums.of(piece.sums.structure, data)

        return added

    def _objective(self, state, known, size, value, outside):
        """What is recorded, of the value of the scaled problem."""
        # a regression has the same information for every output
        is_classifier = state.labelled.last_layer.proba is not None
        outputs = 1 if is_classifier else state.labelled.last_layer.prediction.shape[1]
        return outputs * known.total * (size * value + outside)

    def _structure(self, candidates, labelled, in_all=False):
        """The structure asked for, or the first that fits; and whether to work in a span.

        `in_all`: it has to fit without a span.
        """
        k = 1 if candidates.P is None else candidates.P.shape[1]
        kinds: dict[str, type[Full] | type[Block]] = {**STRUCTURES}
        if candidates.P is None:
            kinds = {"regression": Regression}
        elif self.structure != "auto":
            kinds = {self.structure: STRUCTURES[self.structure]}
        elif self.rank is not None:
            kinds = {"full": Full}
        sizes = {name: Size.of(kind, candidates, labelled.n) for name, kind in kinds.items()}
        needs = {name: size.in_all if in_all else size.least for name, size in sizes.items()}
        fits = [name for name, needed in needs.items() if needed <= self.max_memory]
        if not fits:
            needed = min(needs.values())
            raise ValueError(too_large(self, candidates, labelled.n, needed))
        name = fits[0]
        in_span = sizes[name].in_span(self.max_memory)
        if name != "full":
            return kinds[name](), in_span
        rank = None if self.rank is None or self.rank >= k else self.rank
        return (Full(rank) if k > 2 or rank else Binary(name="full")), in_span

    def _target(self, state, structure, seen, space, prior, double=False):
        """F in the space and of trace 1, so that float32 holds it; its trace, and what is outside.

        Outside of the space M is λI whatever is picked.
        """
        if isinstance(self.target, str) and self.target == "identity":
            F, outside = space.identity(prior())
        else:
            if not isinstance(self.target, str):
                seen = [data_of(state.view(self.target), self.device)]
            elif self.target == "holdout":
                seen = [data_of(state.holdout, self.device)]
            n = sum(data.n for data in seen)
            parts = [space.information(structure, data, double=double) for data in seen]
            if isinstance(self.target, str) and self.target == "pool" and state.sums is not None:
                parts.append((state.sums.scaled(space.scale), 0.0))
                n += state.sums.n
            F, outside = sum(part for part, _ in parts) / n, sum(rest for _, rest in parts) / n
        size = total_trace(F)
        return (F / size, size, outside) if size > 0 else (F, 1.0, outside)
