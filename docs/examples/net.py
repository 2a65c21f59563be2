"""
Neural networks with skorch
===========================

Wrap a net in `skorch <https://skorch.readthedocs.io>`_ and use it like any estimator. Strategies
use the input of its last linear layer, which skal finds automatically.

.. image:: /_static/gallery-net.png
   :alt: Accuracy over the number of labels, by Random and Badge.
   :class: sphx-glr-single-img

(This page was built without torch. The figure is the output of the code below.)
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
y = np.where(np.arange(len(X)) < 50, truth, -1)  # -1: no label

# %%
# ``train_split=None`` trains on all labels; with ``device="cuda"``, features and queries are
# computed on the GPU as well.


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
# Every round trains the net, so use large batches. :class:`~skal.strategies.Badge` selects batches
# of uncertain and diverse rows. Compare it with random sampling over six seeds:

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
