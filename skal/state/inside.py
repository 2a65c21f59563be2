"""Inner outputs of a model: draws of its predictions, and the layers of a net."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from skal._rows import row_blocks
from skal.models import Descriptors, descriptors, draws, label_draws
from skal.state.rows import Rows


class Inside:
    """Compute inner outputs of the model for the rows."""

    data: Rows
    model: Any
    classes: np.ndarray | None

    def draws(self, n: int) -> np.ndarray:
        """Compute n draws of the model's prediction for each row.

        For a net, the draws are passes with dropout on; for an ensemble, its members (n of them at
        most).

        Parameters
        ----------
        n : int
            The number of draws.

        Returns
        -------
        draws : ndarray of shape (n, rows, k) or (n, rows)
            Class probabilities, or predicted numbers.

        See Also
        --------
        QueryState.committee : Fit other models on the labels.
        skal.strategies.Bald : A strategy that compares draws.

        Examples
        --------
        >>> from sklearn.ensemble import RandomForestClassifier
        >>> from skal import ActiveLearner
        >>> X, y = [[0.0], [1.0], [0.1], [0.4]], [0, 1, None, None]
        >>> learner = ActiveLearner(RandomForestClassifier(random_state=0)).fit(X, y)
        >>> learner.query_state().pool.draws(20).shape
        (20, 2, 2)
        """
        model = self._fitted
        blocks = row_blocks(self.data.container, len(self.data))
        parts = [draws(model, self.data.block(block), n, self.classes) for block in blocks]
        return np.concatenate(parts, axis=1)

    def descriptors(
        self, layers: Sequence[str], scores: Callable | None, *, after: str = "module"
    ) -> Iterator[tuple[slice, Descriptors]]:
        """Compute mean activations and gradients of a net's named modules, batch by batch.

        Parameters
        ----------
        layers : list of str
            Names of the modules.
        scores : callable or None
            ``scores(features, proba, rows)`` returns the gradients of these rows (n×k) in the
            logits: e_y − p for the log probability of a label y.  None: activations only.
        after : {"module", "activation"}, default="module"
            Where to take descriptors: "module" is the output of a module, "activation" is its
            output after the non-linearity, normalization and pooling that follow, whether modules
            or functions.

        Yields
        ------
        rows : slice
            The rows of the view.
        found : Descriptors
            Their `features`, `proba` and `gradients`.

        See Also
        --------
        View.label_draws : Descriptors of perturbed copies of the rows.
        skal.strategies.FisherKernel : A strategy that compares descriptors.

        Examples
        --------
        >>> import numpy as np
        >>> import torch
        >>> from skorch import NeuralNetClassifier
        >>> from skal.state import Rows, View
        >>> module = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Linear(3, 2))
        >>> loss = torch.nn.CrossEntropyLoss
        >>> net = NeuralNetClassifier(module, criterion=loss, classes=[0, 1]).initialize()
        >>> X = np.eye(4, dtype=np.float32)
        >>> view = View(Rows.all_of(X), net, np.array([0, 1]))
        >>> for rows, found in view.descriptors(["0"], None):
        ...     print(rows, tuple(found.features[0].shape))
        slice(0, 4, None) (4, 3)
        """
        done = 0  # rows so far

        def of_batch(features, proba):
            return scores and scores(features, proba, slice(done, done + len(proba)))

        for block in row_blocks(self.data.container, len(self.data)):
            X = self.data.block(block)
            of_rows = of_batch if scores is not None else None
            for part in descriptors(self._fitted, X, layers, self._classes, of_rows, after):
                yield slice(done, done + len(part.proba)), part
                done += len(part.proba)

    def label_draws(
        self,
        layers: Sequence[str],
        perturb: Callable,
        n: int,
        rng: np.random.Generator,
        *,
        after: str = "module",
    ) -> Iterator[tuple]:
        """Compute descriptors of n perturbed copies of each row, a few rows at a time.

        Parameters
        ----------
        layers : list of str
            Names of a net's modules.
        perturb : callable
            ``perturb(X, rng)`` returns rows of the same shape.
        n : int
            The number of copies.
        rng : numpy.random.Generator
            The source of randomness of `perturb`.
        after : {"module", "activation"}, default="module"
            Where to take descriptors: "module" is the output of a module, "activation" is its
            output after the non-linearity, normalization and pooling that follow, whether modules
            or functions.

        Yields
        ------
        rows : slice
            The rows of the view.
        found : LabelDraws
            `features` and `proba` of each copy; ``gradients(column)`` returns its gradients for a
            label.

        See Also
        --------
        View.descriptors : Descriptors of the rows without perturbation.
        skal.nets.RotationNoise : A `perturb` for images.

        Examples
        --------
        >>> import numpy as np
        >>> import torch
        >>> from skorch import NeuralNetClassifier
        >>> from skal.state import Rows, View
        >>> module = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Linear(3, 2))
        >>> loss = torch.nn.CrossEntropyLoss
        >>> net = NeuralNetClassifier(module, criterion=loss, classes=[0, 1]).initialize()
        >>> X = np.eye(4, dtype=np.float32)
        >>> view = View(Rows.all_of(X), net, np.array([0, 1]))
        >>> for rows, found in view.label_draws(["0"], lambda X, rng: X / 2, 5, None):
        ...     print(tuple(found.features[0].shape), tuple(found.proba.shape))
        (5, 4, 3) (5, 4, 2)
        """
        step = max(1, 512 // n)  # rows whose copies go through the net together
        size = len(self.data)
        for block in (slice(start, start + step) for start in range(0, size, step)):
            X = self.data.block(block)
            how = self._classes, perturb, n, rng, after
            yield block, label_draws(self._fitted, X, layers, *how)

    @property
    def _classes(self) -> np.ndarray:
        if self.classes is None:
            raise TypeError(
                "These rows belong to a regression, which has no class probabilities or decision "
                "values: use prediction instead."
            )
        return self.classes

    @property
    def _fitted(self) -> Any:
        if self.model is None:
            raise ValueError(
                "There is no fitted model for these rows yet. A strategy that requires one must "
                'declare it: needs = frozenset({"model"}).'
            )
        return self.model
