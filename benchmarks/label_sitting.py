"""Simulate a labelling session on the page of `skal label` in a real browser, with a kill.

    python benchmarks/label_sitting.py                       # 200 of 10,000 texts
    python benchmarks/label_sitting.py --rows 1000000 --keys 500 --save

Prints the time from `skal label` to the first item, from a key to the next painted item, and the
size of the page; then exports the labels, and trains on them.  Half of the keys come before the
kill.  Memory is that of the server and of the process that trains, each at its highest.  With
--save, writes a row of results/label-sitting/tables/sittings.csv.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from places import Study
from playwright.sync_api import sync_playwright
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

CHROMIUM = "/usr/bin/chromium"
WORDS = {
    "billing": ("invoice", "charged", "twice", "refund", "declined", "payment", "receipt", "price"),
    "login": ("password", "reset", "sign", "code", "locked", "account", "phone", "email"),
    "shipping": ("parcel", "late", "tracking", "address", "delivery", "order", "box", "courier"),
}
PAINTED = """() => {
  window.painted = [];
  addEventListener("keydown", (event) => {
    const item = document.getElementById("item"), before = item.firstChild;
    requestAnimationFrame(() => {
      const {port1, port2} = new MessageChannel();
      port1.onmessage = () =>
        painted.push([performance.now() - event.timeStamp, item.firstChild !== before]);
      port2.postMessage(0);
    });
  }, true);
}"""


def write_texts(path, n):
    """Texts of three topics, a third of their words of no topic; the topics."""
    rng = np.random.default_rng(0)
    topics = np.array(list(WORDS))
    words = np.array(list(WORDS.values()))  # (topics, words)
    topic = rng.integers(len(topics), size=n)
    others = rng.integers(len(topics), size=(n, 12))
    of = np.where(rng.random((n, 12)) < 0.7, topic[:, np.newaxis], others)
    chosen = words[of, rng.integers(words.shape[1], size=(n, 12))]
    texts, names = list(map(" ".join, chosen)), topics[topic]
    pd.DataFrame({"number": np.arange(n), "text": texts, "topic": ""}).to_csv(path, index=False)
    return names


def start(path, port):
    told = ["--label", "topic", "--id", "number", "--classes", ",".join(WORDS)]
    where = ["--port", str(port), "--no-browser"]
    command = [sys.executable, "-m", "skal", "label", str(path), *told, *where]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    for line in server.stderr:
        if found := re.search(r"http\S+", line):
            return server, found[0]
    raise SystemExit("skal label did not start")


def label(page, names, n, pause):
    """Give so many answers as somebody would who knows them all."""
    keys = {name: str(i + 1) for i, name in enumerate(WORDS)}
    for _ in range(n):
        caption = page.locator("#item .place").inner_text()
        page.keyboard.press(keys[names[int(caption.split()[1])]])
        time.sleep(pause)


def memory(pid):
    """Highest memory of a process and of those that it started, summed, in MiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    own = int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024
    threads = Path(f"/proc/{pid}/task").glob("*/children")
    children = [child for thread in threads for child in thread.read_text().split()]
    return own + sum(memory(child) for child in children)


def main():
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("--rows", type=int, default=10_000)
    asked.add_argument("--keys", type=int, default=200)
    asked.add_argument("--pause", type=float, default=0.15, help="seconds between two keys")
    asked.add_argument("--port", type=int, default=8799)
    asked.add_argument("--save", action="store_true", help="keep the figures")
    told = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        path = Path(folder) / "texts.csv"
        names = write_texts(path, told.rows)
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        weight, errors = [], []
        page.on("response", lambda r: "/api/" in r.url or weight.append(len(r.body())))
        page.on("pageerror", lambda error: errors.append(str(error)))
        began = time.perf_counter()
        server, link = start(path, told.port)
        ready = time.perf_counter()
        page.goto(link)
        page.locator("#item .text").wait_for()
        shown = time.perf_counter()
        page.evaluate(PAINTED)
        label(page, names, told.keys // 2, told.pause)
        server.send_signal(signal.SIGKILL)
        server.wait()
        label(page, names, 2, told.pause)  # to nobody: kept in the browser
        server, _ = start(path, told.port)
        page.locator("#saved[data-state=saved]").wait_for()
        label(page, names, told.keys - told.keys // 2 - 2, told.pause)
        page.locator("#saved[data-state=saved]").wait_for()
        learned, peak = page.locator("#model").inner_text(), memory(server.pid)
        painted = page.evaluate("painted")
        server.send_signal(signal.SIGINT)
        server.wait()
        browser.close()
        milliseconds = np.array([ms for ms, changed in painted])
        first = f"first start {ready - began:.1f} s, first item {shown - ready:.2f} s after it"
        print(f"{told.rows:,} rows: {first}")
        print(f"page {sum(weight):,} bytes in {len(weight)} files; errors: {errors}")
        print(f"{len(painted)} keys, {sum(changed for _, changed in painted)} next items")
        middle, high = np.quantile(milliseconds, [0.5, 0.99])
        most = milliseconds.max()
        print(f"key to paint: median {middle:.0f} ms, p99 {high:.0f} ms, longest {most:.0f} ms")
        if told.save:
            save({
                "rows": told.rows,
                "keys": told.keys,
                "first start, s": round(ready - began, 1),
                "first item, s": round(shown - began, 1),
                "key to paint, median ms": round(middle),
                "p99 ms": round(high),
                "longest ms": round(most),
                "server and model, MiB": round(peak),
            })  # fmt: skip
        print(f"server and model {peak:.0f} MiB at most; {learned}")
        done = Path(folder) / "done.csv"
        run = [sys.executable, "-m", "skal", "label", str(path), "--export", str(done)]
        subprocess.run(run, check=True, env=os.environ)
        train(pd.read_csv(done), names, told.keys)


def save(figures):
    """Replace the row of as many rows."""
    path = Study("label-sitting").made("tables").table("sittings.csv")
    known = pd.read_csv(path) if path.exists() else pd.DataFrame()
    others = known[known["rows"] != figures["rows"]] if len(known) else known
    pd.concat([others, pd.DataFrame([figures])]).sort_values("rows").to_csv(path, index=False)


def train(frame, names, n):
    known = frame["topic"].notna().to_numpy()
    assert known.sum() == n, f"{known.sum()} of {n} labels are there"
    assert (frame["topic"].to_numpy()[known] == names[known]).all()
    model = make_pipeline(TfidfVectorizer(), LogisticRegression())
    model.fit(frame["text"][known], frame["topic"][known])
    score = model.score(frame["text"][~known][:20_000], names[~known][:20_000])
    print(f"{n} labels exported, all right; a model of them has {score:.1%} of other rows right")


if __name__ == "__main__":
    main()
