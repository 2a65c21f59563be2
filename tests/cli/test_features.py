"""Features of rows, texts and images, made once and kept."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

pytest.importorskip("click")
from skal.cli.digits import N_IMAGES, write_digits
from skal.cli.features import features


def test_a_row_of_numbers_for_each_row(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text(
        "id,age,city,label\n"
        + "".join(f"r{i},{i * i % 37},{'ab'[i % 2]},{i % 2}\n\n" for i in range(40))
    )
    X = features(path, "label", "id")
    assert X.shape == (40, 3)  # one number, two cities
    assert np.isfinite(X).all()
    assert np.corrcoef(X[:, 0], np.arange(40) ** 2 % 37)[0, 1] == pytest.approx(1)


def test_texts_of_a_folder(tmp_path):
    for i in range(30):
        (tmp_path / f"{i:02}.txt").write_text("a good day" if i % 2 else "a bad night")
    X = features(tmp_path, "label")
    assert len(X) == 30
    assert LogisticRegression().fit(X[:10], np.arange(10) % 2).score(X, np.arange(30) % 2) == 1


def test_images_are_told_apart_and_broken_ones_are_zeros(tmp_path):
    pytest.importorskip("PIL")
    from sklearn.datasets import load_digits

    write_digits(tmp_path / "digits")
    (tmp_path / "digits/zz.png").write_bytes(b"no image")
    X, y = features(tmp_path / "digits", "label"), load_digits().target[:N_IMAGES]
    assert X.shape[0] == N_IMAGES + 1
    assert np.isfinite(X).all()
    model = LogisticRegression(max_iter=1000).fit(X[:400], y[:400])
    assert model.score(X[400:-1], y[400:]) > 0.8  # as on the pixels themselves


def test_a_large_pool_is_read_in_blocks(tmp_path, monkeypatch):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    from skal.cli.trouble import Trouble

    texts = ["a good day" if i % 2 else "a bad night" for i in range(90)]
    numbers = np.arange(90.0) ** 2 % 37
    (tmp_path / "pool").mkdir()
    for i in range(3):
        some = slice(30 * i, 30 * i + 30)
        table = pa.table({"text": texts[some], "n": numbers[some]})
        parquet.write_table(table, tmp_path / f"pool/{i}.parquet", row_group_size=20)
    whole = features(tmp_path / "pool", "label")
    monkeypatch.setattr("skal.cli.features.FITTED", 80)
    monkeypatch.setattr("skal.cli.features.BLOCK", 25)
    X = features(tmp_path / "pool/*.parquet", "label")
    assert X.shape[0] == len(whole) == 90
    assert LogisticRegression().fit(X[:10], np.arange(10) % 2).score(X, np.arange(90) % 2) == 1
    assert np.corrcoef(X[:, -1], numbers)[0, 1] == pytest.approx(1)
    with pytest.raises((ValueError, Trouble), match="is for pools of up to 80 rows"):
        features(tmp_path / "pool", "label", encoder="minilm")
