"""
Images with features of a pretrained net
========================================

While labels are few, a linear model on the features of a net that was trained on other data can be
more accurate than one on the pixels. The features of all images are computed once; only the small
model on top is trained in every round.

.. image:: /_static/gallery-images_frozen_features.png
   :alt: Accuracy over the number of labels, on pixels and on features, by two strategies.
   :class: sphx-glr-single-img

(This page was built without torch. The figure is the output of the code below.)
"""

# sphinx_gallery_thumbnail_path = '_static/gallery-images_frozen_features.png'

import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skorch import NeuralNetClassifier

from skal.display import LearningCurveDisplay
from skal.experiments import compare, recommend
from skal.nets import FrozenFeatures
from skal.strategies import Margin, Random, Spread

digits, truth = load_digits(return_X_y=True)
digits = (digits.reshape(-1, 1, 8, 8) / 16).astype(np.float32)

# %%
# Here the features come from a small net that was trained on the digits 0 to 4. In practice, use
# a net that was pretrained on millions of images, with its own ``preprocess``:
#
# .. code-block:: python
#
#    weights = torchvision.models.ResNet18_Weights.DEFAULT
#    net = torchvision.models.resnet18(weights=weights)
#    frozen = FrozenFeatures(net, layer="avgpool", preprocess=..., memory="features")

torch.manual_seed(0)
layers = torch.nn.Sequential(
    torch.nn.Conv2d(1, 32, 3, padding=1),
    torch.nn.ReLU(),
    torch.nn.MaxPool2d(2),
    torch.nn.Conv2d(32, 64, 3, padding=1),
    torch.nn.ReLU(),
    torch.nn.Flatten(),
    torch.nn.Linear(1024, 64),
    torch.nn.ReLU(),
    torch.nn.Linear(64, 5),
)
net = NeuralNetClassifier(
    layers,
    criterion=torch.nn.CrossEntropyLoss,
    optimizer=torch.optim.Adam,
    lr=0.001,
    max_epochs=20,
    train_split=None,
    verbose=0,
).fit(digits[truth < 5], truth[truth < 5])

# %%
# The task is to classify the digits 5 to 9, on which the net was not trained. ``layer="4"`` is the
# name of the module that returns the last feature map; ``pool=None`` keeps all its positions.

images, y = digits[truth >= 5], truth[truth >= 5]
frozen = FrozenFeatures(net, layer="4", pool=None)
features = frozen.fit_transform(images)

# %%
# The features are an ordinary array. Compare strategies over four seeds, on the pixels and on the
# features:

results = compare(
    {"Random": Random(), "Spread(Margin)": Spread(Margin())},
    {"logistic regression": make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))},
    {"pixels": (images.reshape(len(images), -1), y), "features": (features, y)},
    seeds=4,
    budget=80,
    batch_size=10,
    progress=False,
)
figure, axes = plt.subplots(1, 2, figsize=(10, 4), sharey=True, layout="constrained")
for ax, name in zip(axes, ["pixels", "features"]):
    LearningCurveDisplay.from_results(results, data=name, ax=ax, legend=name == "features")

print(results.groupby(["data", "strategy"], sort=False)["accuracy"].mean().unstack().round(3))
print(recommend(results))
