"""Features of a net that is not trained: a transformer for pipelines."""

import hashlib
import inspect
import types

import joblib
import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_memory

from skal._checks import check_count
from skal._rows import n_rows, take
from skal.views import pooled, watched

POOLINGS = {
    "mean": pooled,
    "tokens": lambda output: output.mean(dim=1) if output.ndim == 3 else output,
    None: lambda output: output.flatten(1),
}


class FrozenFeatures(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """What a pretrained net makes of each row, as features for another model.

    A shallow classifier on the features of a pretrained net learns from a few hundred labels where
    the net itself would want thousands.  The net is asked in evaluation mode, without gradients,
    a batch at a time; it stays as it was.

    Parameters
    ----------
    module : torch.nn.Module or fitted skorch net
        The net.  Clones of this transformer share it.
    layer : str or list of str, default=None
        The module whose output is taken, by its name in ``module.named_modules()``; several stand
        side by side.  None is what the net itself puts out.
    pool : {"mean", "tokens", None} or callable, default="mean"
        How the output of a layer becomes one row of numbers: "mean" over all positions of a map
        (n×C×… to n×C), "tokens" over the second axis (n×T×C to n×C), None lays all side by side.
    preprocess : callable, default=None
        Rows of X, a batch of them, to what the net takes: resizing, scaling.  None is X itself,
        floats in the type of the net's parameters.
    device : str, default=None
        Where to compute, such as ``"cuda"``; None is where the net is.
    batch_size : int, default=64
        Rows at a time.
    memory : str or joblib.Memory, default=None
        A folder that keeps features on disk, by content: the same rows through the same net and
        preprocessing are computed once, whatever process asks.  (What counts of the net is its
        weights, its text and the code of its modules; of a function its code and what it holds.)

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
        module,
        *,
        layer=None,
        pool="mean",
        preprocess=None,
        device=None,
        batch_size=64,
        memory=None,
    ):
        self.module = module
        self.layer = layer
        self.pool = pool
        self.preprocess = preprocess
        self.device = device
        self.batch_size = batch_size
        self.memory = memory

    def fit(self, X, y=None):
        """Try the net on the first row of X; nothing is learned."""
        self._n_features_out = self._features(take(X, [0])).shape[1]
        return self

    def transform(self, X):
        """Features of the rows of X: n × features, in the type of the net's output."""
        if self.memory is None:
            return self._features(X)
        cached = check_memory(self.memory).cache(_features_of, ignore=["transformer"])
        return cached(X, self._content(), transformer=self)

    def _features(self, X):
        """Batch after batch through the net, in evaluation mode; the net is left as it was."""
        import torch

        module, names = self._module(), self._names()
        check_count(self.batch_size, "batch_size")
        first = next(module.parameters(), None)
        home = None if first is None else first.device
        training = {part: part.training for part in module.modules()}
        batches, n = [], n_rows(X)
        if not n:
            raise ValueError("X has no rows to make features of.")
        try:
            module.eval()
            if self.device is not None:
                module.to(self.device)
            with torch.inference_mode(), watched(module, names) as seen:
                for start in range(0, n, self.batch_size):
                    seen.clear()
                    batch = take(X, np.arange(start, min(start + self.batch_size, n)))
                    output = self._ask(module, batch)
                    outputs = [_output(seen, name) for name in names] or [output]
                    parts = [self._pooled(part) for part in outputs]
                    batches.append(torch.hstack(parts).cpu().numpy())
        finally:
            if self.device is not None and home is not None:
                module.to(home)
            for part, mode in training.items():
                part.training = mode
        return np.concatenate(batches)

    def _ask(self, module, batch):
        """What the net says of a batch."""
        import torch

        if self.preprocess is not None:
            batch = self.preprocess(batch)
        first = next(module.parameters(), torch.empty(0))

        def tensor(values):
            values = torch.as_tensor(np.asarray(values) if isinstance(values, list) else values)
            return values.to(first.device, first.dtype if values.is_floating_point() else None)

        if isinstance(batch, dict):
            output = module(**{name: tensor(values) for name, values in batch.items()})
        else:
            output = module(tensor(batch))
        return output[0] if isinstance(output, tuple) else output

    def _pooled(self, output):
        pool = self.pool if callable(self.pool) else POOLINGS[self.pool]
        output = pool(output)
        if output.ndim != 2:
            raise ValueError(
                f"pool={self.pool!r} made an array of shape {tuple(output.shape)} of a batch; "
                'expected one row of numbers each: choose "mean", "tokens", None or a function.'
            )
        return output.float() if output.dtype.itemsize < 4 else output

    def _module(self):
        """The net itself: of a skorch net the module that it fitted."""
        import torch

        if not callable(self.pool) and self.pool not in POOLINGS:
            raise ValueError(
                f"pool={self.pool!r} is not known: choose from {list(POOLINGS)}, or a function."
            )
        module = getattr(self.module, "module_", self.module)
        if isinstance(module, torch.nn.Module):
            return module
        how = "call its fit or initialize first" if hasattr(module, "initialize") else "give a net"
        raise TypeError(
            f"module={type(self.module).__name__} is no torch.nn.Module, nor a fitted skorch net: "
            f"{how}."
        )

    def _names(self) -> list:
        return [self.layer] if isinstance(self.layer, str) else list(self.layer or [])

    def _content(self) -> str:
        """What the features of a row depend on."""
        module = self._module()
        digest = hashlib.blake2b(digest_size=16)
        digest.update(repr(module).encode())
        for kind in sorted({type(part) for part in module.modules()}, key=repr):
            digest.update(_source(kind).encode())
        for name, values in sorted(module.state_dict().items()):
            values = values.detach().cpu().contiguous()
            digest.update(f"{name} {values.dtype} {tuple(values.shape)}".encode())
            digest.update(values.flatten().view(_bytes()).numpy().tobytes())
        parts = [self._names(), *map(_fingerprint, (self.pool, self.preprocess))]
        digest.update(repr(parts).encode())
        return digest.hexdigest()

    def __sklearn_clone__(self):
        """A copy that shares the net: a clone of a fitted skorch net would not be fitted."""
        return type(self)(**self.get_params(deep=False))

    def __sklearn_is_fitted__(self):
        return True

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.input_tags.three_d_array = True
        return tags


def _features_of(X, content, transformer):
    """What is kept on disk; joblib looks at X and the content."""
    return transformer._features(X)


def _output(seen, name):
    if name not in seen:
        raise ValueError(f"The module {name!r} is not used when the net looks at rows.")
    return seen[name]


def _source(kind) -> str:
    """The code of a class; its name where there is none to read."""
    try:
        return inspect.getsource(kind)
    except (OSError, TypeError):
        return repr(kind)


def _bytes():
    import torch

    return torch.uint8


def _fingerprint(value) -> str:
    """A function by its code and what it holds; anything else by its content."""
    if not isinstance(value, types.FunctionType):
        return joblib.hash(value)
    code = value.__code__
    held = [cell.cell_contents for cell in value.__closure__ or ()]
    constants = [c for c in code.co_consts if not isinstance(c, types.CodeType)]
    inner = [c.co_code for c in code.co_consts if isinstance(c, types.CodeType)]
    return joblib.hash(
        [code.co_code, code.co_names, constants, inner, value.__defaults__]
        + [_fingerprint(part) for part in held]
    )
