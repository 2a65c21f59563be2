"""
Masks
=====

Which images to label next, when a label is a mask: a class at every pixel.

The net is a classifier of `skorch <https://skorch.readthedocs.io>`_ whose module puts out the
scores of each class on axis 1, as ``CrossEntropyLoss`` takes them. An image without a mask has
None in its place; pixels without a label have a negative number. Here the images are bright
squares and dim, rare discs in noise, 16×16 pixels, and a third of them hold nothing.

.. image:: /_static/gallery-segmentation.png
   :alt: Mean intersection over union against the number of masks, by three strategies.
   :class: sphx-glr-single-img

(The page was made without torch: this is the picture that the code below draws.)
"""

# sphinx_gallery_thumbnail_path = '_static/gallery-segmentation.png'

import numpy as np
import torch
from sklearn.metrics import make_scorer
from skorch import NeuralNetClassifier

from skal import ActiveLearner
from skal.display import LearningCurveDisplay
from skal.experiments import compare
from skal.metrics import mean_iou
from skal.strategies import Badge, Random, WrongPrediction

SIZE = 16
rng = np.random.default_rng(0)


def draw(n):
    """Images (n×1×16×16) and masks (n×16×16): 0 background, 1 square, 2 disc (one in six)."""
    down, across = np.mgrid[:SIZE, :SIZE]
    masks = np.zeros((n, SIZE, SIZE), np.int64)
    for mask in masks:
        for _ in range(rng.integers(0, 3)):
            (a, b), radius = rng.integers(3, SIZE - 3, 2), rng.integers(2, 5)
            if rng.random() < 1 / 6:
                mask[(down - a) ** 2 + (across - b) ** 2 <= radius**2] = 2
            else:
                mask[(abs(down - a) <= radius) & (abs(across - b) <= radius)] = 1
    images = np.array([0, 1, 0.5])[masks] + rng.normal(scale=0.3, size=masks.shape)
    return images[:, None].astype(np.float32), masks


images, masks = draw(150)
holdout, holdout_masks = draw(6)
test_images, test_masks = draw(150)


def make_net():
    return torch.nn.Sequential(
        torch.nn.Conv2d(1, 8, 3, padding=1),
        torch.nn.ReLU(),
        torch.nn.Conv2d(8, 8, 3, padding=1),
        torch.nn.ReLU(),
        torch.nn.Conv2d(8, 3, 1),
    )


net = NeuralNetClassifier(
    make_net,
    criterion=torch.nn.CrossEntropyLoss,
    optimizer=torch.optim.Adam,
    lr=0.02,
    max_epochs=40,
    batch_size=4,
    train_split=None,
    verbose=0,
)

# %%
# The loop is the same as with one label a row. :class:`~skal.strategies.WrongPrediction` asks for
# the images whose own predicted mask, once believed, hurts a trusted holdout most.

known = [mask if i < 4 else None for i, mask in enumerate(masks)]
learner = ActiveLearner(net, WrongPrediction(), batch_size=4, random_state=0)
learner.fit(images, known, X_val=holdout, y_val=holdout_masks)
for _ in range(2):
    rows = learner.query()
    learner.teach(rows, masks[rows])
print(f"{learner.history_[-1]['n_labelled']} masks:")
print(f"{learner.score(test_images, test_masks):.3f} of the pixels are right")
print(f"mean IoU {mean_iou(test_masks, learner.predict(test_images)):.3f}")

# %%
# Replays of masks that are known already compare strategies. At random, every third mask is drawn
# for an empty image, and few show a disc. Three seeds show the direction, and cannot tell how far.

results = compare(
    {"Random": Random(), "Badge": Badge(), "WrongPrediction": WrongPrediction()},
    {"net": net},
    {"shapes": (images, masks, test_images, test_masks)},
    seeds=3,
    budget=20,
    batch_size=4,
    holdout_size=6,
    scoring={"mean IoU": make_scorer(mean_iou)},
    progress=False,
)
LearningCurveDisplay.from_results(results)
