"""
A net
=====

A net under `skorch <https://skorch.readthedocs.io>`_ is an estimator like any other. Strategies
look at what its last linear layer sees; it is found by itself.

.. image:: /_static/gallery-net.png
   :alt: Accuracy over the number of labels, by Random and Badge.
   :class: sphx-glr-single-img

(The page was made without torch: this is the picture that the code below draws.)
"""

# sphinx_gallery_thumbnail_path = '_static/gallery-net.png'

import numpy as np
import torch
from sklearn.datasets import load_digits
from skorch import NeuralNetClassifier

from skal import ActiveLearner
from skal.display import LearningCurveDisplay
from skal.experiments import compare, recommend
from skal.strategies import Badge, Random

X, truth = load_digits(return_X_y=True)
X = (X / 16).astype(np.float32)
y = np.where(np.arange(len(X)) < 50, truth, -1)  # -1: not labelled

# %%
# ``train_split=None`` trains on all labels there are; ``device="cuda"`` computes features and picks
# on the GPU as well.


def make_net():
    return torch.nn.Sequential(
        torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Dropout(0.2), torch.nn.Linear(64, 10)
    )


net = NeuralNetClassifier(
    make_net,
    criterion=torch.nn.CrossEntropyLoss,
    optimizer=torch.optim.Adam,
    lr=0.01,
    max_epochs=15,
    batch_size=32,
    train_split=None,
    verbose=0,
)
learner = ActiveLearner(net, Badge(), batch_size=50, missing_label=-1, random_state=0).fit(X, y)
rows = learner.query()
learner.teach(rows, truth[rows])
print(f"{learner.history_[-1]['n_labelled']} labels, accuracy {learner.score(X, truth):.3f}")

# %%
# Every round costs a training, so nets are asked for large batches. :class:`~skal.strategies.Badge`
# fills them with rows that are unclear and unlike each other. Six seeds:

results = compare(
    {"Random": Random(), "Badge": Badge()},
    {"net": net},
    {"digits": (X, truth)},
    seeds=6,
    budget=200,
    batch_size=50,
    progress=False,
)
LearningCurveDisplay.from_results(results)

print(recommend(results))
