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

import torch
from sklearn.metrics import make_scorer
from skorch import NeuralNetClassifier

from skal import ActiveLearner
from skal.datasets import make_shapes
from skal.display import LearningCurveDisplay
from skal.experiments import compare
from skal.metrics import mean_iou
from skal.strategies import Badge, Random, WrongPrediction

images, masks = make_shapes(150, random_state=0)
holdout, holdout_masks = make_shapes(6, random_state=1)
test_images, test_masks = make_shapes(150, random_state=2)


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
