"""Maps: which images to draw masks for, on drawn shapes (section 4.2 of `WrongPrediction`'s paper).

Images of `make_shapes`: bright squares and dim, rare discs in noise, 16×16 pixels.  A net of three
convolutions, fitted anew in each round; a pool of 140 images, six of a trusted holdout whose masks
all strategies get, four first masks at random, four a round up to 20.  Measured after each round on
150 other images: mean intersection over union of the three classes.

The paper segments Cityscapes, which no package ships, and compares with dropout.

    python benchmarks/papers/segmentation.py [--seeds 20] [--strategies Random ...] [--quick]

Writes, to results/segmentation, raw numbers (a run that was stopped goes on) and a table: the mean
over the rounds, and its lead over random images with a 95 % interval over seeds.
"""

import json

import numpy as np
from options import parser_for, study_of
from sklearn.metrics import make_scorer
from threadpoolctl import threadpool_limits

from skal.datasets import make_shapes
from skal.experiments import compare
from skal.metrics import mean_iou
from skal.strategies import Badge, CoreSet, Entropy, Margin, Random, Spread, WrongPrediction

N_POOL, N_HOLDOUT, N_TEST = 150, 6, 150
STRATEGIES = {
    "Random": Random(),
    "Margin": Margin(),
    "Entropy": Entropy(),
    "Spread(Margin)": Spread(Margin(), factor=20),
    "CoreSet": CoreSet(),
    "Badge": Badge(),
    "WrongPrediction": WrongPrediction(),
    "WrongPrediction(layers=2)": WrongPrediction(layers=2),
    "WrongPrediction(0)": WrongPrediction(0),
}


def make_module():
    from torch import nn

    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(8, 8, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(8, 3, 1),
    )


def make_net():
    import torch
    from skorch import NeuralNetClassifier

    torch.set_num_threads(1)
    return NeuralNetClassifier(
        make_module,
        criterion=torch.nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        lr=0.02,
        max_epochs=40,
        batch_size=4,
        train_split=None,
        verbose=0,
    )


def replay(name, seed):
    """Mean overlap after each round; data, split and first images are of the seed."""
    rng = np.random.RandomState(seed)
    data = (*make_shapes(N_POOL, random_state=rng), *make_shapes(N_TEST, random_state=rng))
    results = compare(
        {name: STRATEGIES[name]},
        make_net(),
        data,
        seeds=[seed],
        budget=20,
        batch_size=4,
        holdout_size=N_HOLDOUT,
        scoring={"iou": make_scorer(mean_iou)},
        progress=False,
    )
    return results["iou"].tolist()


def table(curves):
    """Rows of text: mean over rounds and seeds, last round, lead over random images."""
    yield "strategy,seeds,mean,last,lead,interval"
    for name, by_seed in curves.items():
        paired = [seed for seed in by_seed if seed in curves.get("Random", {})]
        means = [np.mean(by_seed[seed]) - np.mean(curves["Random"][seed]) for seed in paired]
        heights = np.array(list(by_seed.values()))
        line = f"{name},{len(heights)},{heights.mean():.3f},{heights[:, -1].mean():.3f}"
        if name == "Random" or len(means) < 2:
            yield f"{line},,"
            continue
        half = 1.96 * np.std(means, ddof=1) / np.sqrt(len(means))
        yield f"{line},{np.mean(means):+.4f},{half:.4f}"


def main():
    parser = parser_for(__doc__, "two seeds of two strategies")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--strategies", nargs="+", choices=STRATEGIES, default=list(STRATEGIES))
    options = parser.parse_args()
    study = study_of(options, "segmentation", "raw", "tables")
    file = study.raw("shapes.json")
    curves = json.loads(file.read_text()) if file.is_file() else {}
    seeds = 2 if options.quick else options.seeds
    names = ["Random", "WrongPrediction"] if options.quick else options.strategies
    with threadpool_limits(1):
        for seed in map(str, range(seeds)):  # seeds outermost: what is done is a fair part
            for name in names:
                if seed not in curves.setdefault(name, {}):
                    curves[name][seed] = replay(name, int(seed))
                    file.write_text(json.dumps(curves, indent=1) + "\n")
    lines = list(table(curves))
    study.table("shapes.csv").write_text("\n".join(lines) + "\n")
    print(*lines, sep="\n")


if __name__ == "__main__":
    main()
