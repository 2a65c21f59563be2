"""Rows of the pool like those of a trusted holdout that the model gets wrong."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np
from sklearn.utils._param_validation import StrOptions

from skal._array import namespace, to_numpy
from skal._constraints import PAIR_OR_MORE
from skal._renamed import renamed_parameters
from skal.kernels.matching.similarity import (
    Match,
    best_matches,
    match_blocks,
    self_similarities,
    similarities,
)
from skal.selection import StreamedTop, k_centre, ranking, take_turns
from skal.state import QueryState
from skal.strategies._fisher_kernel.matched_rows import matched_rows
from skal.strategies._fisher_kernel.pseudo_labels import RULES, Copies, check_rule, pseudo_labels
from skal.strategies._fisher_kernel.supervision import from_labels, from_mistakes
from skal.strategies.base import Strategy


class FisherKernel(Strategy):
    """Ask for the rows that match what the model gets wrong on a trusted holdout.

    For pools whose distribution is not the one to do well on, when a holdout has that
    distribution: rare classes and situations are found through the holdout rows that the model
    misclassifies.  A pool row x matches a holdout row v by

        R(v, x) = Σ_scales (z_v · z_x) (g_v · g_x),

    with z the features of a layer and g the gradient of the log probability of the label in that
    layer's output, both centred and scaled to unit variance row by row, so that each product is L
    times a correlation, L the length of z and g (which tells little where that is but two or
    three).  On the last layer g = e_y − p.  Labels of pool rows are guessed.

    The misclassified holdout rows (all of the holdout if none is) are the centres, by falling
    loss.  If they are more than the batch, greedy k-centre in the kernel chooses as many, from the
    row of largest loss on; then the centres are in the order in which k-centre chose them.  Ties
    in k-centre, of which ``clip=True`` makes many, go to the larger loss.  Centres take turns in
    this order, each asking for the row it matches best and that no other has taken.

    Parameters
    ----------
    layers : list of str, default=None
        Modules of a net under skorch, by name: what they put out (see `after`) is averaged over
        all positions, and so are the gradients in it; one forward and one backward pass a row.
        None is the last layer of any model.
    kernel : {"fisher", "feature"}, default="fisher"
        "feature" compares features only: Σ_scales z_v · z_x, without pseudo-labels.
    combine : {"product", "sum"}, default="product"
        How the two similarities of a scale become one.
    clip : bool, default=False
        Count negative similarities as 0: two of them multiply to a positive one.  This is for
        the kernel only, not for the similarities by which labels are guessed.
    scale_weights : {"length", "equal"}, default="length"
        What a scale of L channels counts: "length" as in the paper, L in the kernel of features
        and L² in the product, where 50 channels outweigh 10 by 25 to 1; "equal" takes
        correlations, so that all scales count alike.
    after : {"activation", "module"}, default="activation"
        Where descriptors of the named modules are taken: after the non-linearity, normalization
        and pooling that work on a module's output, be they modules or calls in `forward`; or the
        output itself.  A convolution or linear map whose output goes elsewhere first, such as
        into a sum, is refused with "activation".
    order : {"loss", "match"}, default="loss"
        With "loss" k-centre starts at the row of largest loss, and centres take turns in the order
        in which it chose them (by falling loss where it did not have to choose); with "match"
        k-centre starts at random, and the centre whose best match in the pool is closest comes
        first.
    pseudo_label : {"neighbour", "predicted", "covariance", "mutual_information", "oracle"}, \
default="neighbour"
        The label that a pool row is taken to have: that of the holdout row with the most similar
        features; the most likely one; the one whose gradient varies most with the features over
        perturbed copies of the row, by covariance or by mutual information (with `layers` only,
        and not on layers from which all is linear: there the gradients of all labels vary alike);
        or the true one, in a replay.
    mistakes : callable, default=None
        Where the holdout's labels are not known but somebody can say which predictions are wrong:
        (X_val, prediction) -> bool a row.  Then `fit` takes X_val without y_val, and labels of the
        holdout are not looked at.
    draws : int, default=20
        How many perturbed copies "covariance" and "mutual_information" look at.
    perturb : callable, default=None
        (X, rng) -> X of the same shape, the copies.  None adds Gaussian noise of a tenth of each
        feature's standard deviation; :class:`skal.nets.RotationNoise` turns images as well.

    See Also
    --------
    WrongPrediction : Find likely mistakes in the pool itself.
    GoalInfluence : Improve the holdout score in closed form.
    skal.nets.RotationNoise : Perturbed copies of images.

    Notes
    -----
    Time O(m·n·(d + k) + b·m·d), memory O(n·k + m·d); m are the rows of the holdout, and
    similarities are made a block at a time.

    References
    ----------
    Gudovskiy et al., Deep active learning for biased datasets via Fisher kernel self-supervision,
    2020: equations 6, 11, 12 and algorithm 1.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import make_blobs
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> from skal.strategies import FisherKernel
    >>> X, truth = make_blobs([200, 200, 5], 8, random_state=3)       # a rare class in the pool
    >>> X_val, y_val = make_blobs([20, 20, 20], 8, random_state=3)
    >>> y = np.where((np.arange(405) % 20 == 0) & (truth < 2), truth, -1)       # and not labelled
    >>> learner = ActiveLearner(LogisticRegression(), FisherKernel(), missing_label=-1)
    >>> rows = learner.fit(X, y, X_val=X_val, y_val=y_val).query(batch_size=5)
    >>> truth[rows]
    array([2, 2, 2, 2, 2])
    """

    _parameter_constraints: ClassVar[dict] = {
        "layers": [list, tuple, None],
        "kernel": [StrOptions({"fisher", "feature"})],
        "combine": [StrOptions({"product", "sum"})],
        "clip": ["boolean"],
        "scale_weights": [StrOptions({"length", "equal"})],
        "after": [StrOptions({"activation", "module"})],
        "order": [StrOptions({"loss", "match"})],
        "pseudo_label": [StrOptions(set(RULES))],
        "mistakes": [callable, None],
        "draws": [PAIR_OR_MORE],
        "perturb": [callable, None],
    }

    @renamed_parameters(n_draws="draws")
    def __init__(
        self,
        layers: Sequence[str] | None = None,
        *,
        kernel: str = "fisher",
        combine: str = "product",
        clip: bool = False,
        scale_weights: str = "length",
        after: str = "activation",
        order: str = "loss",
        pseudo_label: str = "neighbour",
        mistakes: Callable[[Any, np.ndarray], np.ndarray] | None = None,
        draws: int = 20,
        perturb: Callable[[Any, np.random.Generator], Any] | None = None,
    ):
        self.layers = layers
        self.kernel = kernel
        self.combine = combine
        self.clip = clip
        self.scale_weights = scale_weights
        self.after = after
        self.order = order
        self.pseudo_label = pseudo_label
        self.mistakes = mistakes
        self.draws = draws
        self.perturb = perturb

    @property
    def needs(self) -> frozenset[str]:
        holdout = "holdout" if self.mistakes is None else "holdout_rows"
        seen = "last_layer" if self.layers is None else "modules"
        return frozenset({"model", "classifier", seen, holdout})

    def check(self) -> None:
        """Raise an error for invalid parameters, or such as do not go together."""
        super().check()
        names = self.layers
        if names is not None and not 0 < len(names) == len(set(names)):
            raise ValueError(
                f"layers={names!r} must be a list of names of modules, each once; None is "
                "the last layer."
            )
        if names is None and self.after != "activation":
            raise ValueError(
                f"after={self.after!r} says where descriptors of named modules are taken, and "
                "layers=None is the last layer: leave it out, or name modules with layers=."
            )
        one = names is None or len(names) == 1
        if one and self.combine == "product" and self.scale_weights != "length":
            raise ValueError(
                f"scale_weights={self.scale_weights!r} has no part in a kernel of one scale: leave "
                "it out, or name several modules with layers=."
            )
        if self.kernel == "feature":
            unused = {"combine": "product", "pseudo_label": "neighbour", "perturb": None}
            for name, default in unused.items():
                if getattr(self, name) != default:
                    raise ValueError(
                        f"{name}={getattr(self, name)!r} has no part in kernel='feature', which "
                        "compares features only: leave it out."
                    )
        else:
            check_rule(self.pseudo_label, self._copies, self.mistakes)

    def select(self, state: QueryState, n: int) -> np.ndarray:
        """The candidates that centres of the holdout take, in turns."""
        classes, trusted, fisher = state.classes, state.holdout, self.kernel == "fisher"
        assert classes is not None  # `needs` names both
        assert trusted is not None
        if self.mistakes:
            known = from_mistakes(trusted, classes, self.mistakes)
        else:
            known = from_labels(trusted, classes)
        label = (lambda features, proba, rows: known.columns[rows]) if fisher else None
        holdout = matched_rows(trusted, classes, self.layers, label, known.sign, self.after)
        centres = self._centres(holdout, known, n, state)
        candidates = state.pool.part(state.candidates)
        label = None
        if fisher:
            how = holdout, self._copies, self._match
            label = pseudo_labels(self.pseudo_label, state, candidates, *how)
        pool = matched_rows(candidates, classes, self.layers, label, after=self.after)
        if self.order == "match":
            R = match_blocks(centres, pool.units, len(pool), self._match)
            centres = _part(centres, ranking(best_matches(R, len(centres[0][0]))))
        n_centres = min(n, len(centres[0][0]))
        state.record(n_misclassified=len(known.wrong), n_centres=n_centres)
        return state.candidates[take_turns(self._best(centres, pool), n_centres, len(pool), n)]

    def _centres(self, holdout, known, n, state):
        """Unit rows of the centres, n at most, in the order in which they are chosen."""
        loss = known.loss(to_numpy(holdout.proba))
        centres = known.wrong if len(known.wrong) else np.arange(len(loss))
        centres = centres[ranking(loss[centres])]
        units = holdout.units(centres)
        if len(centres) <= n:
            return units
        first = 0 if self.order == "loss" else int(state.rng.integers(len(centres)))
        return _part(units, self._far_apart(units, n, first))

    def _best(self, centres, pool):
        """What `take_turns` asks: the best rows of some centres that are not taken."""

        def best(some, depth, taken):
            few, taken = _part(centres, some), np.sort(taken)
            tops: defaultdict[Any, StreamedTop] = defaultdict(lambda: StreamedTop(depth))
            for first, start, R in match_blocks(few, pool.units, len(pool), self._match):
                begin, end = np.searchsorted(taken, [start, start + R.shape[1]])
                R[:, taken[begin:end] - start] = -np.inf
                tops[first].add(start, R)
            return np.concatenate([top.columns() for top in tops.values()])

        return best

    @property
    def _match(self):
        return Match(self.combine, self.clip, self.scale_weights)

    @property
    def _copies(self):
        return Copies(self.layers, self.draws, self.perturb, self.after)

    def _far_apart(self, units, n, first):
        """n of the rows by greedy k-centre in the kernel, from a first row on."""
        own = self_similarities(units, self._match)
        xp = namespace(own)

        def distances(j):
            R = similarities(_part(units, [j]), units, self._match)[0]
            return xp.clip(own + own[j] - 2 * R, 0, None)

        return k_centre(distances, n, first=first)


def _part(units, positions):
    return [tuple(unit.part(positions) for unit in scale) for scale in units]
