"""
Text classification
===================

The task is to predict to which module of scikit-learn a paragraph of its documentation belongs. X
can be a list of texts if the model starts with a vectorizer. The output of the vectorizer is sparse
and stays sparse.
"""

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.utils import all_estimators

from skal import ActiveLearner
from skal.display import LearningCurveDisplay
from skal.experiments import compare, recommend
from skal.strategies import Margin, Random, Spread

module_of = {}
for _, estimator in all_estimators():
    for text in (estimator.__doc__ or "").split("\n\n"):
        if len(text) > 100 and text.lstrip()[0].isalpha():
            module_of[" ".join(text.split())] = estimator.__module__.split(".")[1]

modules = ["cluster", "decomposition", "ensemble", "linear_model", "preprocessing"]
texts = [text for text, module in module_of.items() if module in modules]
truth = np.array([module_of[text] for text in texts], dtype=object)
print(len(texts), "texts, such as:", texts[0])

# %%
# Thirty texts are labelled, and the learner selects the next ones to label:

known = np.random.default_rng(0).permutation(len(texts))[:30]
y = np.full(len(texts), None)
y[known] = truth[known]

model = make_pipeline(TfidfVectorizer(sublinear_tf=True), LogisticRegression(C=10))
learner = ActiveLearner(model, Spread(Margin()), batch_size=10).fit(texts, y)
for row in learner.query(batch_size=3):
    print("-", texts[row][:80], "…")

# %%
# ``Margin`` selects texts that lie between two classes; with ``Spread(Margin())``, the texts of a
# batch also differ from each other in the words that the model uses. Compare it with random
# sampling. The vectorizer needs no labels, so run it once for all six seeds. X stays sparse
# throughout.

X = TfidfVectorizer(sublinear_tf=True).fit_transform(texts)
results = compare(
    {"Random": Random(), "Spread(Margin)": Spread(Margin())},
    {"logistic regression": LogisticRegression(C=10)},
    {"documentation": (X, truth)},
    seeds=6,
    budget=210,
    batch_size=20,
    initial_size=30,
    progress=False,
)
LearningCurveDisplay.from_results(results)

print(recommend(results))
