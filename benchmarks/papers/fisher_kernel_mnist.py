"""Biased MNIST: what FisherKernel saves where the digits 5 to 9 are rare in the pool.

Section 5.1 of Gudovskiy et al., Deep active learning for biased datasets via Fisher kernel
self-supervision, 2020, with this protocol, fixed before its first run:

- Pool: 20,000 of the training images (the paper: 50,000), of the digits 5 to 9 every image or one
  in a hundred (`imbalance`); holdout: 4,000 others; test: 5,000 test images.  The split and what is
  left out are drawn anew for each of 5 seeds.
- LeNet of 10 and 20 maps and 50 hidden units, with dropout; 30 epochs of stochastic gradients, 25
  images a step, rate 0.05, a tenth of it after every 9 epochs (the paper: 50 and 15); trained
  afresh each round, from weights pretrained by rotations of the pool (5 epochs), its head drawn
  anew, or from random ones (`start`).
- 125 images drawn at random, the same for all strategies of a seed, then 9 batches of 125.
- Strategies: random; variation ratio over 8 dropout passes (the paper took 128); the feature
  kernel and the Fisher kernel on three scales (L = 80), with labels of the nearest holdout row,
  predicted and true; with labels of the nearest holdout row also with negative similarities
  clipped, with the two similarities summed, on one scale (L = 20) and on the last layer; BAIT for
  the holdout.  Covariance and mutual information take 8 copies of each of 2,000 rows of the pool,
  drawn at random; the same draw with labels of the nearest holdout row stands beside them.
- Rotations on: all of these with imbalance 100, and seven of them with imbalance 1.  Rotations
  off: five of them with imbalance 100.
- Whole pool: a net trained once on all labels of the pool with imbalance 100, rotations on.

The claims: 40 % fewer labels than the best uncertainty method at imbalance 100, no loss without
imbalance.  Written are, for each round, accuracy on the test images, that on the digits 5 to 9,
and how many of these were labelled.

    pip install ".[nets,data]" && python benchmarks/papers/fisher_kernel_mnist.py [--jobs 2]

A run that was stopped goes on where it was (raw/replays.jsonl; pretrained nets lie beside the
data); with `--only` and no name, tables are made of what is there.  Writes, to
results/fisher-kernel-mnist, raw/rounds.csv (the rounds of every replay), tables/summary.csv, and
what the user guide shows of it (tables/rare.csv, balanced.csv and random-weights.csv); and
raw/whole-pool.csv (`--only "whole pool"` trains these nets alone).
"""

import json

import joblib
import numpy as np
import pandas as pd
import torch
from options import parser_for, study_of
from skorch import NeuralNetClassifier
from skorch.callbacks import LRScheduler
from skorch.dataset import Dataset
from torch import nn

from skal import ActiveLearner
from skal.datasets import load_mnist
from skal.datasets.archives import data_home
from skal.nets import RotationNoise, pretrain_rotations
from skal.strategies import Bait, FisherKernel, Random, Subsample, VariationRatio

THREE, ONE = ["conv1", "conv2", "fc1"], ["conv2"]
FULL = {"pool": 20_000, "test": 5_000, "epochs": 30, "pretraining": 5, "batch": 125, "rounds": 10}
WHOLE = "whole pool"
QUICK = {"pool": 1_000, "test": 1_000, "epochs": 3, "pretraining": 1, "batch": 25, "rounds": 3}


class LeNet(nn.Module):
    """Two convolutions and a hidden layer."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 10, 5), nn.Conv2d(10, 20, 5)
        self.fc1, self.fc2 = nn.Linear(320, 50), nn.Linear(50, 10)
        self.drop_maps, self.drop = nn.Dropout2d(0.5), nn.Dropout(0.5)
        self.to(memory_format=torch.channels_last)  # the same net, a step in 2/3 of the time

    def forward(self, images):
        """Logits of images (n×1×28×28)."""
        maps = torch.relu(torch.max_pool2d(self.conv1(images), 2))
        maps = torch.relu(torch.max_pool2d(self.drop_maps(self.conv2(maps)), 2))
        return self.fc2(self.drop(torch.relu(self.fc1(maps.flatten(1)))))


class Images(Dataset):
    """Images that come a batch at a time: one by one they take a fifth of a replay."""

    def __getitems__(self, rows):
        labels = torch.zeros(len(rows)) if self.y is None else torch.as_tensor(self.y[rows])
        return torch.as_tensor(self.X[rows]), labels


def as_it_is(batch):
    """There is nothing to stack."""
    return batch


def equal(**params):
    """The kernel of the maps as convolutions put them out, all three scales counting alike."""
    return FisherKernel(THREE, scale_weights="equal", after="module", **params)


def over_copies(rule):
    """2,000 rows of the pool, labels by 8 perturbed copies (or by the holdout)."""
    copies = {} if rule == "neighbour" else {"draws": 8, "perturb": RotationNoise()}
    return Subsample(equal(pseudo_label=rule, **copies), size=2_000)


def all_strategies():
    """By the names of the results."""
    return {
        "random": Random(),
        "variation ratio": VariationRatio(draws=8),
        "feature kernel": FisherKernel(THREE, kernel="feature"),
        "Fisher kernel, neighbour": FisherKernel(THREE),
        "Fisher kernel, predicted": FisherKernel(THREE, pseudo_label="predicted"),
        "Fisher kernel, true labels": FisherKernel(THREE, pseudo_label="oracle"),
        "Fisher kernel, one scale": FisherKernel(ONE),
        "Fisher kernel, last layer": FisherKernel(),
        "equal scales: feature kernel": equal(kernel="feature"),
        "equal scales: neighbour": equal(),
        "equal scales: predicted": equal(pseudo_label="predicted"),
        "equal scales: true labels": equal(pseudo_label="oracle"),
        "equal scales: clipped": equal(clip=True),
        "equal scales: summed": equal(combine="sum"),
        "equal scales: one scale": FisherKernel(ONE, after="module"),
        "BAIT for the holdout": Bait(target="holdout"),
        "2,000 rows: neighbour": over_copies("neighbour"),
        "2,000 rows: covariance": over_copies("covariance"),
        "2,000 rows: mutual information": over_copies("mutual_information"),
    }


WITHOUT_IMBALANCE = [
    "random",
    "variation ratio",
    "equal scales: feature kernel",
    "equal scales: neighbour",
    "equal scales: predicted",
    "equal scales: true labels",
    "BAIT for the holdout",
]
WITHOUT_ROTATIONS = [
    "random",
    "variation ratio",
    "equal scales: feature kernel",
    "equal scales: neighbour",
    "equal scales: one scale",
]


SETTINGS = {
    (100, "rotations"): "rare",
    (1, "rotations"): "balanced",
    (100, "random weights"): "random-weights",
}


def plan(seeds):
    """Seeds outermost, so that what is finished at any time is a fair part of the whole."""
    for seed in range(seeds):
        for imbalance, start, names in (
            (100, "rotations", list(all_strategies())),
            (1, "rotations", WITHOUT_IMBALANCE),
            (100, "random weights", WITHOUT_ROTATIONS),
        ):
            for name in names:
                yield {"imbalance": imbalance, "start": start, "strategy": name, "seed": seed}


def images_of(part, unpacked={}):  # noqa: B006, kept as long as the process
    """MNIST's, unpacked once."""
    if part not in unpacked:
        unpacked[part] = load_mnist(part)
    return unpacked[part]


def split(seed, imbalance, size):
    """Pool, holdout and test images with their labels."""
    (X, y), (X_test, y_test) = images_of("train"), images_of("test")
    X, X_test = (scaled(images) for images in (X, X_test[: size["test"]]))
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(X))
    pool, holdout = order[: size["pool"]], order[50_000 : 50_000 + size["pool"] // 5]
    pool = pool[(y[pool] < 5) | (np.arange(len(pool)) % imbalance == 0)]
    return X[pool], y[pool], X[holdout], y[holdout], X_test, y_test[: size["test"]]


def scaled(images):
    """Float images of one channel."""
    return ((images.reshape(-1, 1, 28, 28) - 33.3) / 78.6).astype(np.float32)


def first_weights(start, seed, imbalance, X, size):
    """A LeNet to start each round from."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        net = LeNet()
    if start == "rotations":
        name = f"mnist-rotations-{imbalance}-{seed}-{len(X)}-{size['pretraining']}.pt"
        path = data_home() / "pretrained" / name
        if not path.is_file():
            trained = pretrain_rotations(net, X, max_epochs=size["pretraining"], random_state=seed)
            path.parent.mkdir(parents=True, exist_ok=True)
            torch.save(trained.state_dict(), path)
        net.load_state_dict(torch.load(path))
    return net


def net_of(module, size):
    """The module under skorch, with the protocol's training."""
    return NeuralNetClassifier(
        module,
        criterion=nn.CrossEntropyLoss,
        optimizer=torch.optim.SGD,
        lr=0.05,
        max_epochs=size["epochs"],
        batch_size=25,
        dataset=Images,
        iterator_train__shuffle=True,
        iterator_train__collate_fn=as_it_is,
        iterator_valid__collate_fn=as_it_is,
        iterator_valid__batch_size=500,
        train_split=None,
        callbacks=[("decay", LRScheduler("StepLR", step_size=9, gamma=0.1))],
        verbose=0,
    )


def replay(imbalance, start, strategy, seed, size):
    """A record a round."""
    torch.set_num_threads(1)
    X, y, X_val, y_val, X_test, y_test = split(seed, imbalance, size)
    net = net_of(first_weights(start, seed, imbalance, X, size), size)
    learner = ActiveLearner(
        net,
        all_strategies()[strategy],
        batch_size=size["batch"],
        replay_budget=size["batch"] * size["rounds"],
        store_rounds=True,
        random_state=seed,
    ).fit(X, y, X_val=X_val, y_val=y_val)
    rounds, labelled = [], np.empty(0, dtype=int)
    for record, predicted in zip(learner.history_, learner.staged_predict(X_test), strict=True):
        labelled = np.append(labelled, record["rows"])
        right, rare = predicted == y_test, y_test >= 5
        rounds.append(
            {
                "n_labelled": record["n_labelled"],
                "accuracy": float(right.mean()),
                "accuracy_5_to_9": float(right[rare].mean()),
                "labelled_5_to_9": int((y[labelled] >= 5).sum()),
                "n_misclassified": record.get("n_misclassified"),
                "query_seconds": record["query_seconds"],
                "fit_seconds": record["fit_seconds"],
            }
        )
    return rounds


def whole_pool(path, seeds, size):
    """Train a net on all labels of each seed's pool with rare digits; write a line a seed."""
    torch.set_num_threads(1)
    frames = [pd.read_csv(path)] if path.is_file() else []
    done = {seed for frame in frames for seed in frame["seed"]}
    for seed in (seed for seed in range(seeds) if seed not in done):
        X, y, _, _, X_test, y_test = split(seed, 100, size)
        torch.manual_seed(seed)
        net = net_of(first_weights("rotations", seed, 100, X, size), size).fit(X, y.astype(int))
        right, rare = net.predict(X_test) == y_test, y_test >= 5
        line = {"seed": seed, "n_labelled": len(y), "accuracy": float(right.mean())}
        frames.append(pd.DataFrame([line | {"accuracy_5_to_9": right[rare].mean()}]).round(5))
        pd.concat(frames).to_csv(path, index=False)
        print(WHOLE, line, flush=True)


def finish(path, seeds, size, jobs, only):
    """The replays of the plan, those of an earlier run from the file; `only` some are begun."""
    done = {}
    if path.is_file():
        whole, end, _ = path.read_text().rpartition("\n")  # what a kill left is cut off
        path.write_text(whole + end)
        for line in whole.splitlines():
            entry = json.loads(line)
            done[json.dumps(entry["replay"])] = entry["rounds"]
    wanted = list(plan(seeds))
    missing = [one for one in wanted if json.dumps(one) not in done]
    missing = [one for one in missing if only is None or one["strategy"] in only]
    parallel = joblib.Parallel(n_jobs=jobs, return_as="generator")
    found = parallel(joblib.delayed(replay)(**one, size=size) for one in missing)
    with path.open("a") as file:
        for one, rounds in zip(missing, found, strict=True):
            file.write(json.dumps({"replay": one, "rounds": rounds}) + "\n")
            file.flush()
            done[json.dumps(one)] = rounds
            print(one, rounds[-1], flush=True)
    return pd.DataFrame([{**one, **r} for one in wanted for r in done.get(json.dumps(one), [])])


def shown(table):
    """What the user guide shows of a setting: accuracies, and how many rare digits were found."""
    accuracy = table["accuracy"].unstack("n_labelled")
    part = accuracy.iloc[:, [1, 3, 5, -1]].map("{:.3f}".format)
    part.columns = [f"{n:,} labels" for n in part.columns]
    end = table.groupby("strategy", sort=False).last()
    part["± at the end"] = end["accuracy_std"].map("{:.3f}".format)
    part["5 to 9 at the end"] = end["accuracy_5_to_9"].map("{:.3f}".format)
    part["5 to 9 labelled"] = end["labelled_5_to_9"].map("{:.0f}".format)
    part["seeds"] = end["n_seeds"].map("{:.0f}".format)
    return part.loc[end.index].replace("nan", "")


def main():
    parser = parser_for(__doc__, "a seed, 1,000 images, three rounds")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--only", nargs="*", metavar="STRATEGY", help="begin these only (all)")
    options = parser.parse_args()
    seeds, size = (1, QUICK) if options.quick else (options.seeds, FULL)
    study = study_of(options, "fisher-kernel-mnist", "raw", "tables")
    if options.only is None or WHOLE in options.only:
        whole_pool(study.raw("whole-pool.csv"), seeds, size)
        if options.only == [WHOLE]:
            return
    frame = finish(study.raw("replays.jsonl"), seeds, size, options.jobs, options.only)
    frame.round(5).to_csv(study.raw("rounds.csv"), index=False)
    groups = frame.groupby(["imbalance", "start", "strategy", "n_labelled"], sort=False)
    table = groups[["accuracy", "accuracy_5_to_9", "labelled_5_to_9", "query_seconds"]].mean()
    table["accuracy_std"], table["n_seeds"] = groups["accuracy"].std(), groups.size()
    table.round(4).to_csv(study.table("summary.csv"))
    for (imbalance, start), name in SETTINGS.items():
        shown(table.loc[imbalance, start]).to_csv(study.table(f"{name}.csv"))
    wide = table["accuracy"].unstack("n_labelled").round(3)
    print(f"\nmean accuracy by the number of labels\n\n{wide.to_string()}")


if __name__ == "__main__":
    main()
