"""Rows that a discriminator is surest nobody has labelled."""

import itertools
from typing import ClassVar

import numpy as np

from skal._array import on_host
from skal._constraints import COUNT, NOT_NEGATIVE
from skal._progress import counted
from skal._renamed import renamed_parameters
from skal._rows import row_blocks
from skal._seeds import torch_seeded
from skal.state import QueryState
from skal.strategies.base import UtilityStrategy


class Vaal(UtilityStrategy):
    """Pick the rows that a discriminator finds least like the labelled ones.

    A variational autoencoder learns a small code of the last-layer features of all rows; a
    discriminator learns to separate the codes of labelled rows from those of the pool, and the
    autoencoder is also trained against it.  Rows that the discriminator still recognises as
    unlabelled differ from the labelled ones: the utility is 1 − D(code).  Both nets are trained
    from scratch at each query; torch is required.

    Each step takes as many labelled rows as rows of the pool.  The autoencoder minimises squared
    error + `beta` × Kullback-Leibler divergence of its codes from a standard normal + `adversary` ×
    the log loss of a discriminator that were told all its rows are labelled; the discriminator
    minimises the log loss of the truth.

    Parameters
    ----------
    n_codes : int, default=16
        Numbers in a code.
    n_hidden : int, default=128
        Width of the hidden layers: one in the encoder and the decoder each, two in the
        discriminator.
    max_epochs : int, default=20
        Passes over the pool.
    net_batch_size : int, default=128
        Rows of the pool a step.
    learning_rate : float, default=1e-3
        Step size of Adam.
    beta, adversary : float, default=1
        What the divergence and the discriminator weigh beside the squared error.

    See Also
    --------
    CoreSet : Distances instead of a discriminator.
    TypiClust : Typical rows of uncovered clusters.

    Notes
    -----
    Time O(e·n·(d·h + h²)), memory O(n + d·h + h²); e is `max_epochs` and h is `n_hidden`.

    References
    ----------
    Sinha, Ebrahimi and Darrell, Variational adversarial active learning, 2019: on features instead
    of images.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import make_blobs
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> from skal.strategies import Vaal
    >>> X, truth = make_blobs(300, 8, centers=3, random_state=0)
    >>> y = np.where((np.arange(300) < 60) & (truth < 2), truth, -1)       # of one nothing is known
    >>> learner = ActiveLearner(LogisticRegression(), Vaal(), missing_label=-1, random_state=0)
    >>> rows = learner.fit(X, y).query(batch_size=10)
    >>> int((truth[rows] == 2).sum()) >= 8
    True
    """

    needs = frozenset({"model", "features"})

    _parameter_constraints: ClassVar[dict] = {
        "n_codes": [COUNT],
        "n_hidden": [COUNT],
        "max_epochs": [COUNT],
        "net_batch_size": [COUNT],
        "learning_rate": [NOT_NEGATIVE],
        "beta": [NOT_NEGATIVE],
        "adversary": [NOT_NEGATIVE],
    }

    @renamed_parameters(epochs="max_epochs", batch_size="net_batch_size", lr="learning_rate")
    def __init__(
        self,
        *,
        n_codes: int = 16,
        n_hidden: int = 128,
        max_epochs: int = 20,
        net_batch_size: int = 128,
        learning_rate: float = 1e-3,
        beta: float = 1.0,
        adversary: float = 1.0,
    ):
        self.n_codes = n_codes
        self.n_hidden = n_hidden
        self.max_epochs = max_epochs
        self.net_batch_size = net_batch_size
        self.learning_rate = learning_rate
        self.beta = beta
        self.adversary = adversary

    def check(self) -> None:
        """Raise an error for invalid parameters, or where torch is not installed."""
        super().check()
        try:
            import torch  # noqa: F401
        except ImportError as error:
            raise ImportError('Vaal trains nets with torch: pip install "skal[nets]".') from error

    def utilities(self, state: QueryState) -> np.ndarray:
        """1 − D(code) of each candidate."""
        import torch

        pool, labelled = on_host(state.pool.features), on_host(state.labelled.features)
        shift, scale = _standard(pool)

        def tensor(Z, rows):
            Z = Z[rows]
            Z = Z.toarray() if hasattr(Z, "toarray") else Z
            return torch.as_tensor(((Z - shift) / scale).astype(np.float32))

        with torch_seeded(int(state.rng.integers(2**31 - 1))), torch.enable_grad():
            coder = _Coder(pool.shape[1], self.n_hidden, self.n_codes)
            self._train(coder, tensor, pool, labelled, state.rng)
        with torch.no_grad():
            codes = (
                coder.encode(tensor(pool, rows))[0] for rows in row_blocks(pool, len(state.pool))
            )
            likely = torch.cat([torch.sigmoid(-coder.discriminator(code)[:, 0]) for code in codes])
        return likely.numpy()[state.candidates]

    def _train(self, coder, tensor, pool, labelled, rng):
        """The two nets in turn, step by step."""
        import torch

        parts = [*coder.encoder.parameters(), *coder.decoder.parameters()]
        of_coder = torch.optim.Adam(parts, self.learning_rate)
        of_discriminator = torch.optim.Adam(coder.discriminator.parameters(), self.learning_rate)
        log_loss = torch.nn.functional.binary_cross_entropy_with_logits
        for _ in counted(range(self.max_epochs), "Training the nets"):
            order = rng.permutation(pool.shape[0])
            for start in range(0, len(order), self.net_batch_size):
                rows = order[start : start + self.net_batch_size]
                known = rng.integers(labelled.shape[0], size=len(rows))
                X = torch.cat([tensor(labelled, known), tensor(pool, rows)])
                truth = torch.arange(2.0).flip(0).repeat_interleave(len(rows))[:, None]

                mean, log_variance = coder.encode(X)
                code = mean + torch.randn_like(mean) * (log_variance / 2).exp()
                error = ((coder.decoder(code) - X) ** 2).sum(1).mean()
                divergence = (mean**2 + log_variance.exp() - 1 - log_variance).sum(1).mean() / 2
                verdict = coder.discriminator(mean)
                fooled = log_loss(verdict, torch.ones_like(verdict))
                of_coder.zero_grad()
                (error + self.beta * divergence + self.adversary * fooled).backward()
                of_coder.step()

                of_discriminator.zero_grad()
                log_loss(coder.discriminator(mean.detach()), truth).backward()
                of_discriminator.step()


class _Coder:
    """An autoencoder whose codes are means and variances, and a discriminator of codes."""

    def __init__(self, n_features: int, n_hidden: int, n_codes: int):
        self.n_codes = n_codes
        self.encoder = _stack(n_features, n_hidden, 2 * n_codes)
        self.decoder = _stack(n_codes, n_hidden, n_features)
        self.discriminator = _stack(n_codes, n_hidden, n_hidden, 1)

    def encode(self, X):
        """Means and log variances; these within what an exponential takes."""
        mean, log_variance = self.encoder(X).split(self.n_codes, dim=1)
        return mean, log_variance.clamp(-20, 20)


def _stack(*widths):
    """Linear maps with ReLUs between them."""
    import torch

    layers: list = []
    for ins, outs in itertools.pairwise(widths):
        layers += [torch.nn.Linear(ins, outs), torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])


def _standard(Z):
    """Mean and deviation of each feature; 1 where it is constant."""
    n = Z.shape[0]
    mean, square = np.zeros(Z.shape[1]), np.zeros(Z.shape[1])
    for rows in row_blocks(Z, n):
        mean += np.asarray(Z[rows].sum(axis=0), dtype=np.float64).ravel() / n
    for rows in row_blocks(Z, n):
        block = Z[rows]
        block = block.toarray() if hasattr(block, "toarray") else block
        square += ((block - mean) ** 2).sum(axis=0) / n
    return mean, np.where(square > 1e-12 * mean**2, np.sqrt(square), 1)
