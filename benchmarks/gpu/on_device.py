"""The parts of run.sh: kernels, resnet, finetuning.

- kernels: a whole query of each strategy with a net on the device, and with the same net on the
  CPU; the least of two on the device, after one that is left out, and which share of the rows are
  the same.
- resnet: ResNet-18 (its first layer for small images) on CIFAR-10, trained anew in each round for
  20 epochs of Adam; 1,000 first labels and two batches of 1,000 (section 6.2 of the BAIT paper,
  which goes on for many more).
- finetuning: EfficientNet-Lite0 from its ImageNet weights, all of it trained anew for 20 epochs in
  each round, beside a linear SVM on its frozen features; 200 first labels, two batches of 200
  (sections 5.3 and 5.4 of the paper of margin shift: ResNet-18, 80 epochs).

Replays begin while the longest one so far would end within `--seconds`, seed by seed, so that what
is there is a fair part of the whole.  Every file names the card.

    python benchmarks/gpu/on_device.py kernels|resnet|finetuning [--seconds 100] [--out .] [--quick]
"""

import argparse
import json
import sys
import time
import warnings
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from sklearn.svm import LinearSVC
from skorch import NeuralNetClassifier
from skorch.dataset import Dataset
from torch import nn

from skal import ActiveLearner
from skal.strategies import (
    Badge,
    Bait,
    CoreSet,
    Determinantal,
    FisherKernel,
    GoalInfluence,
    Margin,
    MarginShift,
    MaxHerding,
    Random,
    Shortlist,
    UncertaintyHerding,
    WrongPrediction,
)

CARRIED = Path(__file__).parent / "carried"
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
CARD = torch.cuda.get_device_name() if DEVICE == "cuda" else "CPU"


def wait():
    """Until the device is through with what it was given."""
    if DEVICE == "cuda":
        torch.cuda.synchronize()


def timed(function):
    """What a call returns, and its wall time."""
    wait()
    start = time.perf_counter()
    found = function()
    wait()
    return found, time.perf_counter() - start


# ---------------------------------------------------------------------- kernels
QUERIES = [  # strategy, columns, rows asked for: the quickest first
    (Margin(), 512, 100),
    (None, 512, 100),
    (UncertaintyHerding(), 512, 1_000),
    (MaxHerding(), 512, 1_000),
    (Badge(), 512, 1_000),
    (CoreSet(), 512, 1_000),
    (WrongPrediction(), 512, 100),
    (Determinantal(), 128, 100),
    (Bait("binary"), 512, 100),
    (Bait("block"), 512, 100),
    (Bait("full"), 128, 20),
    (FisherKernel(), 128, 100),
    (GoalInfluence("entropy", "mean", order="linear", ridge=1.0), 128, 100),
    (Shortlist(GoalInfluence("entropy", ridge=1.0), by=Margin()), 128, 20),
]


def asked(strategy, X, y, batch, device):
    """A function that queries with a net whose features are the rows as they are."""
    torch.manual_seed(0)
    net = net_of(nn.Linear(X.shape[1], 10), 1, 0.0)  # that stays as it was drawn
    net.set_params(device=device, iterator_valid__batch_size=5_000)
    learner = ActiveLearner(net, strategy, batch_size=batch, missing_label=-1, random_state=0)
    return learner.fit(X, y, X_val=X[:200], y_val=y[:200]).query


def kernels(options):
    """Whole queries of a net, its pass over the pool with them: on the device, and on the CPU."""
    n = 2_000 if options.quick else 50_000
    rng, found, start = np.random.default_rng(0), [], time.perf_counter()
    for strategy, d, batch in QUERIES:
        if time.perf_counter() - start > options.seconds:
            break
        d, batch = (d // 8, min(batch, 20)) if options.quick else (d, batch)
        X = np.maximum(rng.standard_normal((n + 400, d), dtype=np.float32), 0)
        y = np.where(np.arange(len(X)) < 400, np.arange(len(X)) % 10, -1)
        there, here = (asked(strategy, X, y, batch, device) for device in (DEVICE, "cpu"))
        name = str(strategy or "the default").replace("\n", " ")
        line = {"what": f"{name}: {batch:,} of {n:,} × {d} × 10", "card": CARD}
        rows, times = zip(*(timed(there) for _ in range(3)), strict=True)
        line["device_seconds"] = min(times[1:])
        chosen, line["cpu_seconds"] = timed(here)
        line["times"] = line["cpu_seconds"] / line["device_seconds"]
        line["same_rows"] = len(np.intersect1d(rows[0], chosen)) / batch
        found.append(line)
        write(options, "kernels", found)


# ---------------------------------------------------------------------- images
def images(quick):
    """Images to learn from and to test on, n×32×32×3, with their classes."""
    path = CARRIED / "cifar10.npz"
    if quick:
        rng = np.random.default_rng(0)
        y = np.arange(300) % 10
        X = np.clip(25 * y[:, None, None, None] + rng.normal(0, 20, (300, 32, 32, 3)), 0, 255)
        X = X.astype(np.uint8)
        return X[:240], y[:240], X[240:], y[240:]
    if path.is_file():
        with np.load(path) as file:
            return tuple(file[f"{name}_{split}"] for split in ("train", "test") for name in "Xy")
    from skal.datasets import load_cifar10

    return (*load_cifar10("train"), *load_cifar10("test"))


def scaled(X):
    """n×3×32×32, about 0."""
    return ((X.transpose(0, 3, 1, 2) / 255 - 0.45) / 0.25).astype(np.float32)


class Batches(Dataset):
    """Rows that come a batch at a time."""

    def __getitems__(self, rows):
        labels = torch.zeros(len(rows)) if self.y is None else torch.as_tensor(self.y[rows])
        return torch.as_tensor(self.X[rows]), labels


def as_it_is(batch):
    """There is nothing to stack."""
    return batch


class Block(nn.Module):
    """Two convolutions, and what came in added to what comes out."""

    def __init__(self, old, new, stride):
        super().__init__()
        self.first = nn.Conv2d(old, new, 3, stride, 1, bias=False)
        self.second = nn.Conv2d(new, new, 3, 1, 1, bias=False)
        self.norm, self.norm_2 = nn.BatchNorm2d(new), nn.BatchNorm2d(new)
        same = stride == 1 and old == new
        self.short = nn.Identity() if same else nn.Conv2d(old, new, 1, stride, bias=False)

    def forward(self, x):
        y = torch.relu(self.norm(self.first(x)))
        return torch.relu(self.norm_2(self.second(y)) + self.short(x))


class ResNet18(nn.Module):
    """For images of 32 pixels: no pooling at its beginning."""

    def __init__(self, width=64):
        super().__init__()
        sizes = [width, width, 2 * width, 4 * width, 8 * width]
        blocks = [nn.Conv2d(3, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
        for i, (old, new) in enumerate(pairwise(sizes)):
            blocks += [Block(old, new, 1 if i == 0 else 2), Block(new, new, 1)]
        self.body = nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.head = nn.Linear(8 * width, 10)

    def forward(self, x):
        return self.head(self.body(x))


def net_of(module, epochs, lr, batch_size=64):
    """Under skorch, on the device."""
    return NeuralNetClassifier(
        module,
        criterion=nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        lr=lr,
        max_epochs=epochs,
        batch_size=batch_size,
        device=DEVICE,
        dataset=Batches,
        iterator_train__shuffle=True,
        iterator_train__drop_last=True,
        iterator_train__collate_fn=as_it_is,
        iterator_valid__collate_fn=as_it_is,
        iterator_valid__batch_size=500,
        train_split=None,
        verbose=0,
    )


def replay(estimator, strategy, data, seed, first, batch, rounds):
    """A record a round: labels, accuracy, seconds of the fit and of the query."""
    X, y, X_test, y_test = data
    order = np.random.default_rng(seed).permutation(len(y))
    known = np.full(len(y), -1)
    known[order[:first]] = y[order[:first]]
    learner = ActiveLearner(
        estimator, strategy, batch_size=batch, missing_label=-1, random_state=seed
    )
    records = []

    def trained(how, *given):
        start = time.perf_counter()
        how(*given)
        took = time.perf_counter() - start
        score = float(learner.score(X_test, y_test))
        labels = first + batch * len(records)
        records.append({"labels": labels, "accuracy": score, "fit_seconds": took})

    trained(learner.fit, X, known)
    for _ in range(rounds):
        start = time.perf_counter()
        rows = learner.query()
        records[-1]["query_seconds"] = time.perf_counter() - start
        trained(learner.teach, rows, y[rows])
    return records


def replays(options, name, runs, seeds):
    """Of runs {key: (estimator, strategy, data, sizes)}, seeds outermost, while there is time."""
    found, start, longest = [], time.perf_counter(), 0.0
    for seed in range(seeds):
        for key, (estimator, strategy, data, sizes) in runs.items():
            begun = time.perf_counter()
            if begun - start + longest > options.seconds:
                return
            torch.manual_seed(seed)
            for record in replay(estimator, strategy, data, seed, *sizes):
                found.append({"card": CARD, "run": key, "seed": seed, **record})
            longest = max(longest, time.perf_counter() - begun)
            write(options, name, found)


def resnet(options):
    """ResNet-18, trained anew in each round."""
    X, y, X_test, y_test = images(options.quick)
    data = scaled(X), y, scaled(X_test), y_test
    sizes = (60, 20, 1) if options.quick else (1_000, 1_000, 2)
    quick = options.quick
    net = net_of(ResNet18(8), 1, 1e-3, 20) if quick else net_of(ResNet18(), 20, 1e-3)
    strategies = {
        "Random": Random(),
        "Margin": Margin(),
        "Badge": Badge(),
        "CoreSet": CoreSet(),
        "Bait block": Bait("block"),
    }
    runs = {name: (net, strategy, data, sizes) for name, strategy in strategies.items()}
    replays(options, "resnet", runs, 1 if quick else 3)


class Tuned(nn.Module):
    """EfficientNet-Lite0 at a size, and a linear map of its pooled features."""

    def __init__(self, size):
        super().__init__()
        from efficientnet_lite_pytorch import EfficientNet

        self.size, self.net = size, EfficientNet.from_name("efficientnet-lite0")
        weights = CARRIED / "efficientnet-lite0.pth"
        if weights.is_file():
            self.net.load_state_dict(torch.load(weights, weights_only=True))
        self.head = nn.Linear(1280, 10)

    def features(self, x):
        x = nn.functional.interpolate(x, (self.size, self.size), mode="bilinear")
        return self.net.extract_features(x).mean((2, 3))

    def forward(self, x):
        return self.head(self.features(x))


def finetuning(options):
    """All of a pretrained net, beside a linear SVM on what it says before."""
    try:
        module = Tuned(32 if options.quick else 96)
    except ImportError as error:
        print(f"{error.name} is missing, so nothing is fine-tuned: pip install {error.name}.")
        return
    if not (CARRIED / "efficientnet-lite0.pth").is_file():
        said = "There are no weights of EfficientNet-Lite0 (see prepare.py)"
        if not options.quick:
            print(f"{said}, so nothing is fine-tuned.")
            return
        print(f"{said}: random ones are tried.")
    X, y, X_test, y_test = images(options.quick)
    data = scaled(X), y, scaled(X_test), y_test
    frozen = [features_of(module, part) for part in (data[0], data[2])]
    frozen = frozen[0], y, frozen[1], y_test
    sizes = (60, 20, 1) if options.quick else (200, 200, 2)
    how = (1, 3e-4, 20) if options.quick else (20, 3e-4)
    net, svm = net_of(module, *how), LinearSVC(C=0.01)
    strategies = {
        "Random": Random(),
        "Margin": Margin(),
        "MarginShift": MarginShift(),
        "Badge": Badge(),
    }
    runs = {
        f"{kind}, {name}": (estimator, strategy, rows, sizes)
        for kind, estimator, rows in (("frozen, SVM", svm, frozen), ("fine-tuned", net, data))
        for name, strategy in strategies.items()
        if kind == "fine-tuned" or name != "Badge"  # which needs probabilities
    }
    replays(options, "finetuning", runs, 1 if options.quick else 3)


@torch.inference_mode()
def features_of(module, X):
    """Of all rows, by the net as it is."""
    net = module.to(DEVICE).eval()
    parts = [net.features(torch.as_tensor(X[i : i + 200], device=DEVICE)).cpu()
             for i in range(0, len(X), 200)]  # fmt: skip
    net.to("cpu").train()
    return torch.cat(parts).numpy()


# ---------------------------------------------------------------------- results
def write(options, name, lines):
    """A file a part, written anew whenever there is more; the last line is shown."""
    (options.out / f"{name}.json").write_text(json.dumps(lines, indent=1) + "\n")
    print({key: round(v, 4) if isinstance(v, float) else v for key, v in lines[-1].items()},
          flush=True)  # fmt: skip


PARTS = {"kernels": kernels, "resnet": resnet, "finetuning": finetuning}


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("--seconds", type=float, default=100, help="of this part")
    parser.add_argument("--out", type=Path, default=Path())
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.backends.cudnn.benchmark = True
    PARTS[options.part](options)


if __name__ == "__main__":
    sys.exit(main())
