"""Compare labels given through the page's HTTP API with labels that a learner queries.

A simulated annotator who knows all labels answers the items that the server leases, on three data
sets and several seeds; `ActiveLearner` with the same estimator and strategy queries the same
number, in batches of as many labels as the server retrains after.  Both models are scored on the
rows that neither has queried.  The difference is given with a 95% interval over data sets and seeds
(paired t).

The server does not query a quarter of the rows, and draws a tenth of its items at random: the price
of its unbiased accuracy estimate.  The learner can query any row.

    python benchmarks/label_efficiency_http.py             # --quick: one seed
"""

import argparse
import json
import os
import socket
import tempfile
import threading
import time
import uuid
from collections import Counter
from pathlib import Path

import httpx
import numpy as np
from places import QUICK, Study
from scipy.stats import t
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from skal import ActiveLearner
from skal.labelling import Store
from skal.labelling.model import Plan, Trainer
from skal.labelling.model.pace import Pace
from skal.labelling.server import Access
from skal.labelling.server.running import make_server
from skal.strategies import Margin

DATA = {"digits": load_digits, "breast cancer": load_breast_cancer, "wine": load_wine}
N_LABELS, BATCH = {"digits": 150, "breast cancer": 60, "wine": 50}, 10


def data_of(name, seed):
    """Scaled features and labels as words, in another order for each seed."""
    X, y = DATA[name](return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(y))
    X = X / 16 if name == "digits" else StandardScaler().fit_transform(X)
    return X[order], np.array([f"class {label}" for label in y[order]], dtype=object)


def by_http(X, y, n, seed, folder):
    """The rows that an annotator labels through the API of a server."""
    path = Path(folder) / "rows.csv"
    path.write_text("number,label\n" + "".join(f"{i},\n" for i in range(len(y))))
    np.save(Path(folder) / "X.npy", X)
    plan = Plan(Path(folder) / "X.npy", LogisticRegression(max_iter=1000), Margin())
    with Store.create(path, classes=sorted(set(y)), seed=seed) as store:
        trainer = Trainer(store, plan, seed=seed, pace=Pace(new_labels=BATCH, new_share=0)).start()
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        server = make_server(store, Access((f"127.0.0.1:{port}",), port), trainer)
        server.config.port = port
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive(), "the server ended"
                time.sleep(0.02)
            with httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1/", timeout=60) as client:
                client.post("session", json={"token": store.team.new_token(1)})
                return label(client, y, n)
        finally:
            server.should_exit = True
            thread.join()
            trainer.stop()


def label(client, y, n):
    """Answer one item after the other, as slowly as a person: the model keeps up."""
    rows = []
    while len(rows) < n:
        (item, *_) = client.post("leases", json={"client": "tab", "n": 1}).json()["leases"]
        row = int(item["cells"]["number"])
        said = {"uuid": str(uuid.uuid4()), "item": item["item"], "kind": "label", "value": y[row]}
        assert client.post("events", json=said).status_code == 201
        rows.append(row)
        few = sorted(Counter(y[rows]).values())[-2:]  # two of each of two classes
        while len(rows) % BATCH == 0 and len(few) == 2 and few[0] >= 2:
            told = client.get("rounds").json()
            done = [one for one in told["rounds"] if one["status"] == "done"]
            if done and done[0]["n_labels"] >= len(rows):
                break
            time.sleep(0.05)
    return rows


def by_learner(X, y, n, seed):
    """The rows that a learner asks for, after as many random ones."""
    rows = np.random.default_rng(seed).permutation(len(y))[:BATCH].tolist()
    while len(set(y[rows])) < 2:
        rows.append((rows[-1] + 1) % len(y))
    known = np.full(len(y), None, dtype=object)
    known[rows] = y[rows]
    learner = ActiveLearner(LogisticRegression(max_iter=1000), Margin(), random_state=seed)
    learner.fit(X, known)
    while len(rows) < n:
        asked = learner.query(batch_size=min(BATCH, n - len(rows))).tolist()
        learner.teach(asked, y[asked])
        rows += asked
    return rows


def accuracy(X, y, rows, left):
    return float(LogisticRegression(max_iter=1000).fit(X[rows], y[rows].astype(str)).score(
        X[left], y[left].astype(str)
    ))  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    found = []
    for seed in range(1 if options.quick else options.seeds):
        for name in DATA:
            X, y = data_of(name, seed)
            n = N_LABELS[name]
            with tempfile.TemporaryDirectory() as folder:
                http = by_http(X, y, n, seed, folder)
            learner = by_learner(X, y, n, seed)
            some = np.random.default_rng(seed).permutation(len(y))[:n].tolist()
            left = np.setdiff1d(np.arange(len(y)), [*http, *learner, *some])
            scores = {arm: accuracy(X, y, rows, left) for arm, rows in
                      (("http", http), ("learner", learner), ("random", some))}  # fmt: skip
            found.append({"data": name, "seed": seed, "labels": n, **scores})
            print(json.dumps(found[-1]), flush=True)
    gaps = np.array([one["http"] - one["learner"] for one in found])
    told = {"mean difference, http - learner": float(gaps.mean()), "load": os.getloadavg()}
    if len(gaps) > 1:
        half = t.ppf(0.975, len(gaps) - 1) * gaps.std(ddof=1) / np.sqrt(len(gaps))
        told["95% interval"] = [float(gaps.mean() - half), float(gaps.mean() + half)]
    told["mean of random rows - learner"] = float(
        np.mean([one["random"] - one["learner"] for one in found])
    )
    print(json.dumps(told, indent=1))
    study = Study("label-efficiency", *([QUICK] if options.quick else []))
    place = study.made("raw").raw("efficiency.json")
    place.write_text(json.dumps({"runs": found, **told}, indent=1) + "\n")


if __name__ == "__main__":
    main()
