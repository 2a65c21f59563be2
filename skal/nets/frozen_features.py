"""A transformer that computes features with a net that is not trained."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin

from skal._checks import check_count
from skal._rows import n_rows, take
from skal.models import pooled, watched
from skal.nets.asking import as_tensor, asked, rounding_of
from skal.nets.content import content, key_of, state_of
from skal.nets.kept_features import remembered

POOLINGS = {
    "mean": pooled,
    "tokens": lambda output: output.mean(dim=1) if output.ndim == 3 else output,
    None: lambda output: output.reshape(len(output), -1),
}


class FrozenFeatures(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Compute features of rows with a pretrained net, as input of another model.

    A shallow classifier on the features of a pretrained net learns from a few hundred labels, where
    the net itself would need thousands.  The net runs in evaluation mode, without gradients, one
    batch at a time, and is not changed.

    Parameters
    ----------
    module : torch.nn.Module or fitted skorch net
        The net.  Clones of this transformer share it.
    layer : str or list of str, default=None
        The name of the module in ``module.named_modules()`` whose output is used; the outputs of
        several are concatenated.  None is the output of the net.
    pool : {"mean", "tokens", None} or callable, default="mean"
        How the output of a layer becomes one row of numbers: "mean" averages over all positions of
        a map (n×C×… to n×C), "tokens" over the second axis (n×T×C to n×C), None flattens all
        positions.
    preprocess : callable, default=None
        A function from a batch of rows of X to the input of the net, for resizing or scaling.  None
        uses X itself, with floats in the type of the net's parameters.
    device : str, default=None
        The device to compute on, such as ``"cuda"``; None is the device of the net.
    batch_size : int, default=64
        Number of rows per batch.
    memory : str, Path or joblib.Memory, default=None
        A folder in which features are cached on disk, for any process. Cached features are used if
        rows, weights, options and all code that skal can read are the same, and if the net
        reproduces the features of up to 16 of the rows up to rounding. A change that skal cannot
        read, and that affects none of these 16 rows, is not detected: set another `version`.
    version : str, default=None
        A name of your choice for the code and the data that `memory` cannot read: files that rows,
        net or `preprocess` read, and installed or compiled code. Change it when they change. With a
        version, skal ignores parts of the net, `pool` and `preprocess` that it cannot read; with
        None they raise an error.

    See Also
    --------
    pretrain_rotations : Pretrain a net on unlabelled images, to freeze here.
    sklearn.pipeline.make_pipeline : Append a classifier to the features.

    References
    ----------
    Aggarwal, Popescu and Hudelot, Optimizing active learning for low annotation budgets, 2021.

    Examples
    --------
    >>> import numpy as np
    >>> import torch
    >>> from skal.nets import FrozenFeatures
    >>> net = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3), torch.nn.ReLU(), torch.nn.Flatten())
    >>> images = np.zeros((5, 3, 32, 32), dtype=np.float32)
    >>> FrozenFeatures(net, layer="1").fit_transform(images).shape
    (5, 8)
    """

    def __init__(
        self,
        module: Any,
        *,
        layer: str | Sequence[str] | None = None,
        pool: Callable[[Any], Any] | str | None = "mean",
        preprocess: Callable[[Any], Any] | None = None,
        device: str | None = None,
        batch_size: int = 64,
        memory: Any = None,
        version: str | None = None,
    ):
        self.module = module
        self.layer = layer
        self.pool = pool
        self.preprocess = preprocess
        self.device = device
        self.batch_size = batch_size
        self.memory = memory
        self.version = version

    def fit(self, X: Any, y: Any = None) -> Self:
        """Run the net on the first row of X as a check; nothing is learned.

        Parameters
        ----------
        X : array, tensor, frame, list or dict of arrays
            Rows in the form that the net, or `preprocess`, expects.
        y : object, default=None
            Ignored; present by scikit-learn's convention.

        Returns
        -------
        self : FrozenFeatures
            The transformer.

        See Also
        --------
        FrozenFeatures : Valid nets and layers.

        Examples
        --------
        >>> import numpy as np
        >>> import torch
        >>> from skal.nets import FrozenFeatures
        >>> frozen = FrozenFeatures(torch.nn.Linear(3, 2)).fit(np.eye(3))
        >>> frozen.get_feature_names_out()
        array(['frozenfeatures0', 'frozenfeatures1'], dtype=object)
        """
        self._n_features_out = self._features(take(X, [0])).shape[1]
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Compute the features of the rows of X, or read them from disk.

        Parameters
        ----------
        X : array, tensor, frame, list or dict of arrays
            Rows in the form that the net, or `preprocess`, expects.

        Returns
        -------
        features : ndarray of shape (n, n_features)
            One row of numbers each, in the type of the net's output.
        """
        module, folder = self._module(), self._folder()
        if folder is None:
            return self._features(X)
        with asked(module, self.device):
            return self._remembered(module, X, folder)

    def _remembered(self, module, X, folder):
        """Return the cached features if the net reproduces them; otherwise compute them."""
        import torch

        if not isinstance(self.version, str | None):
            raise TypeError(f"version={self.version!r} must be a string or None.")
        state = content(state_of(module))
        first = next(module.parameters(), torch.empty(0))
        where = torch.device(self.device or first.device).type, str(torch.__version__)
        given = self.version, self._names(), state, where, self.batch_size == 1
        parts = type(self), self.pool, self.preprocess, module
        return remembered(
            folder,
            key_of(X, given, parts, lenient=self.version is not None),
            ask=lambda rows: self._features(X if rows is None else take(X, rows)),
            n=n_rows(X),
            rounding=rounding_of(module),
            is_changed=lambda: content(state_of(module)) != state,
            mmap_mode=getattr(self.memory, "mmap_mode", None),
        )

    def _folder(self):
        """Return the folder of the cache, or None."""
        location = getattr(self.memory, "location", self.memory)  # the folder of a joblib.Memory
        if location is None:
            return None
        if not isinstance(location, str | Path):
            raise TypeError(f"memory={self.memory!r} must be a folder, a joblib.Memory or None.")
        folder = Path(location) / "frozen_features"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _features(self, X):
        """Run the net batch by batch."""
        import torch

        module, names = self._module(), self._names()
        check_count(self.batch_size, "batch_size")
        if issparse(X) and self.preprocess is None:
            raise TypeError(
                "X is sparse, and nets require dense rows: pass a function that converts rows as "
                "preprocess=."
            )
        batches, n = [], n_rows(X)
        if not n:
            raise ValueError("X has no rows: pass at least one row.")
        with asked(module, self.device), torch.inference_mode(), watched(module, names) as seen:
            for start in range(0, n, self.batch_size):
                seen.clear()
                batch = take(X, np.arange(start, min(start + self.batch_size, n)))
                output = self._ask(module, batch)
                outputs = [_output(seen, name) for name in names] or [output]
                parts = [self._pooled(part, n_rows(batch)) for part in outputs]
                batches.append(torch.hstack(parts).cpu().numpy())
        return np.concatenate(batches)

    def _ask(self, module, batch):
        """Return the output of the net for a batch."""
        import torch

        if self.preprocess is not None:
            batch = self.preprocess(batch)
        first = next(module.parameters(), torch.empty(0))

        def tensor(values):
            values = as_tensor(values)
            return values.to(first.device, first.dtype if values.is_floating_point() else None)

        if isinstance(batch, dict):
            output = module(**{name: tensor(values) for name, values in batch.items()})
        else:
            output = module(tensor(batch))
        return output[0] if isinstance(output, tuple) else output

    def _pooled(self, output, n):
        pool = self.pool if callable(self.pool) else POOLINGS[self.pool]
        if not hasattr(output, "ndim"):
            raise TypeError(
                f"The net returns a {type(output).__name__}, not a tensor: set layer= to a module "
                "that returns one."
            )
        output = pool(output)
        if output.ndim != 2 or len(output) != n:
            raise ValueError(
                f"pool={self.pool!r} returned an array of shape {tuple(output.shape)} for a batch "
                f'of {n}; expected one row of numbers each: use "mean", "tokens", None or a '
                "function, or another layer=."
            )
        return output.float() if output.dtype.itemsize < 4 else output

    def _module(self):
        """Return the net: for a skorch net, the module that it fitted."""
        import torch

        if not callable(self.pool) and self.pool not in [*POOLINGS]:
            raise ValueError(
                f"pool={self.pool!r} is not known: use one of {list(POOLINGS)}, or a function."
            )
        module = getattr(self.module, "module_", self.module)
        if isinstance(module, torch.nn.Module):
            return module
        how = "call its fit or initialize first" if hasattr(module, "initialize") else "pass a net"
        raise TypeError(
            f"module={type(self.module).__name__} is neither a torch.nn.Module nor a fitted skorch "
            f"net: {how}."
        )

    def _names(self) -> list:
        """Return the names of the layers."""
        names = [self.layer] if isinstance(self.layer, str) else self.layer or []
        if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) for name in names):
            raise TypeError(
                f"layer={self.layer!r} must be the name of a module, or a list of names."
            )
        return [*names]

    def __sklearn_clone__(self):
        """Return a copy that shares the net: a clone of a fitted skorch net is not fitted."""
        return type(self)(**self.get_params(deep=False))

    def __sklearn_is_fitted__(self):
        return True

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.input_tags.three_d_array = True
        return tags


def _output(seen, name):
    if name not in seen:
        raise ValueError(
            f"The module {name!r} is not used in the forward pass of the net: set layer= to one "
            "that is."
        )
    return seen[name]
