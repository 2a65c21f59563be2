"""Selection methods of bmdal_reg as strategies of skal, so that one harness replays both."""

import contextlib
import io

import numpy as np
import torch
from bmdal_reg.bmdal.algorithms import select_batch
from bmdal_reg.bmdal.feature_data import TensorFeatureData
from scikit_activeml import seed_of

from skal.strategies import Strategy

np.Inf = np.inf  # noqa: NPY201 - bmdal_reg 3.0.2 is older than NumPy 2, which has it no more
SIGMA = 0.1  # of the noise, as in their experiments


class BmdalPeer(Strategy):
    """Ask as bmdal_reg would, with the kernel of a linear model.

    Parameters
    ----------
    selection_method : str
        Theirs, by name.
    posterior : bool, default=False
        Whether the kernel is that of the posterior given the labelled rows ("P"), or the labelled
        rows stand beside the pool as they are ("TP").
    """

    def __init__(self, selection_method, posterior=False):
        self.selection_method = selection_method
        self.posterior = posterior

    def select(self, state, n):
        rows = state.labelled.X, state.pool.X[state.candidates]
        train, pool = (TensorFeatureData(torch.from_numpy(X)) for X in rows)
        with torch.random.fork_rng(devices=[]), contextlib.redirect_stdout(io.StringIO()):
            torch.manual_seed(seed_of(state))
            picks, _ = select_batch(
                batch_size=n,
                models=[None],  # the linear kernel asks no net
                data={"train": train, "pool": pool},
                y_train=None,
                base_kernel="linear",
                kernel_transforms=[("train", [SIGMA, None])] if self.posterior else [],
                selection_method=self.selection_method,
                sel_with_train=not self.posterior,
                allow_float64=True,
                maxdet_sigma=SIGMA,
                bait_sigma=SIGMA,
                overselection_factor=2.0,  # of their BAIT: forward and backward
            )
        return state.candidates[picks.numpy()]
