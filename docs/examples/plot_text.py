"""
Texts
=====

Paragraphs of scikit-learn's own documentation: which module does each belong to? A list of texts
is an X like any other, if the model begins with a vectorizer. What that makes of them is sparse,
and stays so.
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
# Thirty are labelled, and the learner says which to read next:

known = np.random.default_rng(0).permutation(len(texts))[:30]
y = np.full(len(texts), None)
y[known] = truth[known]

model = make_pipeline(TfidfVectorizer(sublinear_tf=True), LogisticRegression(C=10))
learner = ActiveLearner(model, Spread(Margin()), batch_size=10).fit(texts, y)
for row in learner.query(batch_size=3):
    print("-", texts[row][:80], "…")

# %%
# ``Margin`` asks for texts between two classes; ``Spread(Margin())`` takes care that those of one
# batch differ, in the words that the model looks at. Does that save labels? The vectorizer
# needs none, so for six seeds it is enough to run it once. Nothing here turns the sparse X dense.

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
