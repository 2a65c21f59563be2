"""Sentences and their sentiment."""

import io
import tarfile
from typing import Literal

import numpy as np

from skal.datasets.archives import VADER, content_of, read_member

# The rows keep the order of the original files, one positive and one negative, with a few that were
# inserted later: the first row and the label of each run of rows.
RUNS = ((0, 1), (5152, 0), (10312, 1), (10347, 0), (10378, 1), (10481, 0))


def load_rt_polarity(target: Literal["label", "rating"] = "label") -> tuple[list[str], np.ndarray]:
    """Load rt-polarity: 10,605 sentences from film reviews.

    These are the sentences of Pang and Lee (2005), except 57, that people rated for Hutto and
    Gilbert (2014).

    Parameters
    ----------
    target : {"label", "rating"}, default="label"
        The original label, or the mean of the ratings of at least 20 people.

    Returns
    -------
    X : list of str
        The sentences.
    y : ndarray of shape (10605,)
        Labels are integers, 1 for positive and 0 for negative; ratings are floats from -4 to 4.

    See Also
    --------
    load_rt_polarity_features : Load features of the sentences from an encoder.

    Examples
    --------
    >>> from skal.datasets import load_rt_polarity
    >>> X, y = load_rt_polarity()  # doctest: +SKIP
    >>> len(X), y.shape  # doctest: +SKIP
    (10605, (10605,))
    """
    if target not in ("label", "rating"):
        raise ValueError(f'target={target!r} must be "label" or "rating".')
    folder = "hutto_ICWSM_2014"
    member = f"vaderSentiment-3.3.2/additional_resources/{folder}.tar.gz"
    inner = read_member(VADER, member, "rt_polarity")
    with tarfile.open(fileobj=io.BytesIO(inner)) as tar:
        file = content_of(tar, f"{folder}/movieReviewSnippets_GroundTruth.txt")
        lines = file.decode("utf-8", "replace").splitlines()
    rows = [line.split("\t") for line in lines if line.strip()]
    X = [sentence for _, _, sentence in rows]
    if target == "rating":
        return X, np.array([float(rating) for _, rating, _ in rows])
    y = np.empty(len(X), np.int64)
    for start, label in RUNS:
        y[start:] = label
    return X, y
