"""Images at random, and a small net for them."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="nets need torch")

RNG = np.random.default_rng(0)
IMAGES = RNG.normal(size=(70, 3, 8, 8)).astype(np.float32)
TRUTH = RNG.integers(0, 3, 70)
IMAGES[np.arange(70), TRUTH] += 1


class Net(torch.nn.Module):
    rows = 0

    def __init__(self):
        super().__init__()
        self.body = torch.nn.Sequential(
            torch.nn.Conv2d(3, 5, 3),
            torch.nn.BatchNorm2d(5),
            torch.nn.ReLU(inplace=True),
            torch.nn.Dropout(0.5),
        )
        self.head = torch.nn.Linear(5, 4)

    def forward(self, x):
        Net.rows += len(x)
        return self.head(self.body(x).mean((2, 3)))


def by_hand(module, name):
    kept = []
    handle = dict(module.named_modules())[name].register_forward_hook(
        lambda m, i, o: kept.append(o)
    )
    training = module.training
    module.eval()
    with torch.no_grad():
        module(torch.as_tensor(IMAGES))
    module.train(training)
    handle.remove()
    output = kept[0]
    return (output.mean((2, 3)) if output.ndim == 4 else output).numpy()
