"""Five rounds, from a raw file to a model and its predictions, as docs/guide/tables.rst tells them."""

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("click")
pytest.importorskip("skops")

from skal.tables import load_model
from tests.cli.people import run

ROUNDS, BATCH = 5, 12


def short_texts(n=300):
    """Semicolons, a byte order mark, CRLF: what a spreadsheet of somebody in Europe writes."""
    rng = np.random.default_rng(0)
    about = {
        "sport": ["goal", "match", "team", "coach"],
        "money": ["bank", "shares", "tax", "rate"],
    }
    others = ["the", "a", "new", "today", "again", "after", "said", "big", "says", "more"]
    truth = rng.choice(list(about), n)
    texts = [" ".join(rng.permutation([*rng.choice(about[t], 2), *rng.choice(others, 4)])) for t in truth]  # fmt: skip
    frame = pd.DataFrame({"nr": range(n), "title": texts})
    return frame, truth, {"sep": ";", "encoding": "utf-8-sig", "lineterminator": "\r\n"}, 0.8


def credit(n=300):
    """Numbers, categories with umlauts in Latin-1, missing cells; labels with stray spaces."""
    rng = np.random.default_rng(1)
    good = rng.random(n) < 0.6
    frame = pd.DataFrame(
        {
            "Kunde": [f"K{i:04d}" for i in rng.permutation(n)],
            "Betrag": (rng.normal(3000 - 900 * good, 600)).round(0),
            "Laufzeit": rng.integers(6, 48, n) + 12 * ~good,
            "Zweck": rng.choice(["Möbel", "Auto", "Gerät", "Umzug"], n),
            "Beschäftigt seit": rng.choice(["<1 Jahr", "1-4 Jahre", ">4 Jahre"], n),
        }
    )
    frame.loc[rng.random(n) < 0.1, "Betrag"] = None
    frame.loc[rng.random(n) < 0.1, "Zweck"] = None
    return frame, np.where(good, " gut", "schlecht "), {"encoding": "latin-1"}, 0.75


def decimal_commas(n=300):
    """A regression whose numbers are written 1.234,5."""
    rng = np.random.default_rng(2)
    size, year = rng.normal(90, 20, n), rng.integers(1950, 2020, n)
    price = 2.5 * size + 0.4 * (year - 1950) + rng.normal(0, 5, n)
    commas = [f"{value:.2f}".replace(".", ",") for value in size]
    frame = pd.DataFrame({"m2": commas, "Baujahr": year, "Lage": rng.choice(["A", "B"], n)})
    return frame, np.array([f"{p:.1f}".replace(".", ",") for p in price]), {"sep": ";"}, 0.7


@pytest.mark.slow
@pytest.mark.parametrize("made", [short_texts, credit, decimal_commas])
def test_from_a_raw_file_to_predictions(made, folder):
    frame, truth, how, enough = made()
    read = {
        "sep": how.get("sep", ","),
        "encoding": how.get("encoding", "utf-8"),
        "dtype": str,
        "keep_default_na": False,
    }
    frame.iloc[:240].assign(label="").to_csv("raw.csv", index=False, **how)
    frame.iloc[240:].to_csv("new.csv", index=False, **how)
    source = "raw.csv"
    for number in range(1, ROUNDS + 1):
        answers = f"next-{number}.csv"
        done(run("query", source, "--label", "label", "-n", BATCH, "-o", answers))
        asked = pd.read_csv(answers, **read)
        asked["label"] = truth[asked["row"].astype(int)]  # somebody fills them in
        asked.to_csv(answers, index=False, **how)
        done(run("fill", source, answers, "--label", "label", "-o", f"{number}.csv"))
        source = f"{number}.csv"
    told = done(run("status", source, "--label", "label")).stdout
    assert f"{ROUNDS * BATCH} of 240 rows labelled, 180 not." in told
    assert "by 5-fold cross-validation" in told
    done(run("train", source, "--label", "label", "-o", "model.skops"))
    done(run("predict", "model.skops", "new.csv", "-o", "out.csv"))
    out, new = pd.read_csv("out.csv", **read), pd.read_csv("new.csv", **read)
    pd.testing.assert_frame_equal(out[new.columns], new)
    assert quality(out, truth[240:]) > enough
    assert load_model("model.skops").named_steps["features"].kinds_


def done(result):
    assert result.exit_code == 0, result.stderr
    return result


def quality(out, truth):
    """Accuracy, or R² of numbers."""
    if "probability" in out:
        return np.mean(out["prediction"] == np.char.strip(truth))
    y, guess = (
        pd.Series(cells).str.replace(",", ".").astype(float) for cells in (truth, out["prediction"])
    )
    assert out["prediction"].str.contains(",").mean() > 0.9  # as the file writes them
    return 1 - ((y - guess) ** 2).sum() / ((y - y.mean()) ** 2).sum()
