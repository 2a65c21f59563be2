"""`skal query` of a pool of several Parquet files, whose labels stay in the files it writes."""

import io

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("click")
pytest.importorskip("pyarrow")

from sklearn.datasets import load_iris

from skal.cli.draws import without
from tests.cli.people import run

X, TRUTH = load_iris(return_X_y=True)
NAMES = [f"x{j}" for j in range(4)]
QUERY = ("query", "pool/*.parquet", "--label", "kind")


@pytest.fixture
def pool(folder):
    """Three files of 50 rows, in an order of no class; what they hold, and the classes."""
    order = np.random.default_rng(0).permutation(150)
    frame = pd.DataFrame(X[order], columns=NAMES).assign(code=[f"r{i:03}" for i in range(150)])
    (folder / "pool").mkdir()
    for i in range(3):
        frame[50 * i : 50 * (i + 1)].to_parquet(f"pool/part-{i}.parquet", row_group_size=20)
    return frame, np.array(["a", "b", "c"])[TRUTH[order]]


def fill_in(path, kinds, by="row"):
    """Write the classes into a file that was asked for."""
    asked = pd.read_csv(path)
    rows = asked["row"] if by == "row" else asked["code"].str[1:].astype(int)
    asked.assign(kind=kinds[rows]).to_csv(path, index=False)
    return asked


def test_two_rounds_from_no_label_on(pool):
    frame, kinds = pool
    done = run(*QUERY, "-n", 9, "-o", "one.csv")
    assert done.exit_code == 0, done.stderr
    assert "150 rows in 3 files, 0 labelled." in done.stderr
    assert "9 of 150 rows, chosen by Random() without a model." in done.stderr
    assert "skal query 'pool/*.parquet' --label kind --labels one.csv -o" in done.stderr
    asked = fill_in("one.csv", kinds)
    assert asked.columns.tolist() == [
        "rank", "row", "file", "row_in_file", *NAMES, "code", "kind",
    ]  # fmt: skip
    assert (asked["file"] == [f"pool/part-{row // 50}.parquet" for row in asked["row"]]).all()
    assert (asked["row_in_file"] == asked["row"] % 50).all()
    assert (asked["code"].to_numpy() == frame["code"].to_numpy()[asked["row"]]).all()
    done = run(*QUERY, "-n", 5, "--labels", "one.csv", "--strategy", "Margin", "-o", "two.csv")
    assert done.exit_code == 0, done.stderr
    assert "150 rows in 3 files, 9 labelled." in done.stderr
    two = fill_in("two.csv", kinds)
    assert not set(two["row"]) & set(asked["row"])
    assert two["score"].is_monotonic_decreasing
    done = run(*QUERY, "-n", 5, "--labels", "one.csv", "--labels", "two.csv", "-o", "three.csv")
    assert "14 labelled" in done.stderr
    assert "UncertaintyHerding" in done.stderr
    assert not set(pd.read_csv("three.csv")["row"]) & {*two["row"], *asked["row"]}


def test_the_picks_are_those_of_the_rows_in_memory(pool):
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from skal import ActiveLearner
    from skal.strategies import Badge, Shortlist

    frame, kinds = pool
    run(*QUERY, "-n", 12, "-o", "one.csv")
    known = fill_in("one.csv", kinds)["row"]
    done = run(*QUERY, "-n", 6, "--labels", "one.csv", "--strategy", "Shortlist(Badge())")
    rows = pd.read_csv(io.StringIO(done.stdout))["row"].tolist()
    y = np.array([None] * 150, dtype=object)
    y[known] = kinds[known]
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    learner = ActiveLearner(model, Shortlist(Badge()), random_state=0)
    known = np.sort(known)
    learner.fit(frame[NAMES].to_numpy()[known], y[known])
    expected = learner.query(frame[NAMES].to_numpy(), batch_size=6, exclude=known)
    assert rows == expected.tolist()


def test_labels_by_an_identifier_and_in_the_files_themselves(pool):
    frame, kinds = pool
    for i in range(3):
        part = frame[50 * i : 50 * (i + 1)].reset_index(drop=True)
        known = np.where(np.arange(50) < 4, kinds[50 * i : 50 * (i + 1)], None)
        part.assign(kind=known).to_parquet(f"pool/part-{i}.parquet")
    done = run(*QUERY, "-n", 4, "--id", "code", "-o", "one.csv")
    assert "12 labelled" in done.stderr, done.stderr
    asked = pd.read_csv("one.csv")
    assert asked["code"].tolist() == [f"r{row:03}" for row in asked["row"]]
    pd.DataFrame({"code": asked["code"], "kind": "a"}).to_csv("mine.csv", index=False)
    done = run(*QUERY, "-n", 4, "--id", "code", "--labels", "mine.csv")
    assert "16 labelled" in done.stderr
    done = run(*QUERY, "-n", 4, "--exclude", "one.csv")
    assert not set(pd.read_csv(io.StringIO(done.stdout))["row"]) & set(asked["row"])


def test_a_column_of_vectors_of_a_folder(folder):
    import pyarrow as pa
    import pyarrow.parquet as pq

    (folder / "pool").mkdir()
    for i, part in enumerate(np.split(X.astype(np.float32), 3)):
        column = pa.FixedSizeListArray.from_arrays(pa.array(part.ravel()), 4)
        table = pa.table({"id": np.arange(50) + 50 * i, "embedding": column})
        pq.write_table(table, f"pool/part-{i}.parquet")
    pd.DataFrame({"id": [3, 4, 60, 61, 110], "kind": [0, 0, 1, 1, 2]}).to_csv("mine.csv")
    ways = ("query", "pool", "--label", "kind", "--id", "id", "--labels", "mine.csv")
    done = run(*ways, "-n", 3, "-o", "next.csv")
    assert done.exit_code == 0, done.stderr
    assert "Columns: the vectors of embedding." in done.stderr
    asked = pd.read_csv("next.csv")
    assert "embedding" not in asked
    assert (asked["id"] == asked["row"]).all()


def test_one_parquet_file_with_labels_beside_it(pool):
    _, kinds = pool
    rows = np.arange(0, 50, 5)
    cells = {"file": "pool/part-0.parquet", "row_in_file": rows, "kind": kinds[rows]}
    pd.DataFrame(cells).to_csv("mine.csv", index=False)
    done = run("query", "pool/part-0.parquet", "--label", "kind", "--labels", "mine.csv", "-n", 3)
    assert "50 rows in 1 file, 10 labelled." in done.stderr
    assert not set(pd.read_csv(io.StringIO(done.stdout))["row"]) & set(rows)


def test_other_commands_do_not_learn_from_the_columns_that_query_wrote(pool):
    pytest.importorskip("skops")
    _, kinds = pool
    run(*QUERY, "-n", 30, "-o", "one.csv")
    fill_in("one.csv", kinds)
    run(*QUERY, "-n", 30, "--labels", "one.csv", "--strategy", "Margin", "-o", "two.csv")
    fill_in("two.csv", kinds)
    pd.concat([pd.read_csv("one.csv"), pd.read_csv("two.csv")]).to_csv("all.csv", index=False)
    unused = "since skal wrote them: rank, row, file, row_in_file"
    for ways in (["two.csv"], ["all.csv"], ["all.csv", "--id", "code"], ["all.csv", "--id", "row"]):
        done = run("train", *ways, "--label", "kind", "-o", "m.skops", "--force")
        assert done.exit_code == 0, done.output
        assert unused.replace("row, ", "" if "row" in ways else "row, ", 1) in done.stderr
        assert "Columns: 4 numeric (x0, x1, x2, x3)" in done.stderr
    assert unused in run("status", "two.csv", "--label", "kind").stderr
    done = run("predict", "m.skops", "pool/part-0.parquet")
    assert done.exit_code == 0, done.output
    assert (pd.read_csv(io.StringIO(done.stdout))["prediction"] == kinds[:50]).mean() > 0.8


def test_columns_of_the_pool_with_the_names_of_query_are_learned_from(pool):
    names = ["row", "score", "file", "x0"]
    assert without(names) == names
    written = ["rank", "skal_row", "file", "row_in_file", "skal_score", "row", "score", "x0"]
    assert without(written) == ["row", "score", "x0"]


def test_tables_of_labels_by_a_glob_and_a_pool_that_the_shell_expanded(pool, folder):
    _, kinds = pool
    (folder / "rounds").mkdir()
    files = [f"pool/part-{i}.parquet" for i in range(3)]
    ways = ("--label", "kind", "--labels", "rounds/*.csv")
    told = run("query", *files, "--label", "kind", "-n", 9, "-o", "rounds/1.csv").stderr
    assert "skal query 'pool/*.parquet'" in told
    fill_in("rounds/1.csv", kinds)
    run("query", *files, *ways, "-n", 9, "-o", "rounds/2.csv")
    fill_in("rounds/2.csv", kinds)
    again = ("--labels", "rounds/1.csv")  # which the glob names, too
    assert "18 labelled" in run("query", "pool", *ways, *again).stderr


def test_a_model_is_trained_on_the_labelled_rows_of_a_pool(pool):
    pytest.importorskip("skops")
    _, kinds = pool
    run(*QUERY, "-n", 30, "-o", "one.csv")
    rows = fill_in("one.csv", kinds)["row"]
    ways = ("pool/*.parquet", "--label", "kind", "--labels", "one.csv")
    done = run("train", *ways, "-o", "m.skops")
    assert done.exit_code == 0, done.output
    assert "30 rows, 30 labelled" in done.stderr
    done = run("predict", "m.skops", "pool/part-2.parquet")
    assert (pd.read_csv(io.StringIO(done.stdout))["prediction"] == kinds[100:]).mean() > 0.8
    done = run("status", *ways)
    assert "30 of 150 rows labelled, 120 not." in done.stdout
    assert (kinds[rows] == "a").sum() == int(done.stdout.split("  a ")[1].split()[0])
    assert "skal label 'pool/*.parquet' --label kind" in done.stdout


# ---------------------------------------------------------------------- what people get wrong
def test_labels_and_files_that_are_not_there(pool):
    assert "no file matches 'rounds/*.csv'" in refused(*QUERY, "--labels", "rounds/*.csv")
    assert "no file matches 'one.csv'" in refused(*QUERY, "--labels", "one.csv")
    pool[0].to_csv("rows.csv")
    told = refused("query", "pool/part-0.parquet", "pool/part-2.parquet", "--label", "kind")
    assert "No glob matches these files and no others" in told
    told = refused("query", "pool/part-0.parquet", "rows.csv", "--label", "kind")
    assert "Only Parquet files can be several" in told
    told = refused("train", "pool/*.parquet", "--label", "kind", "-o", "m.skops")
    assert "has no label in column 'kind' yet" in told
    frame = pd.DataFrame({"v": [[1.0], [2.0]], "kind": ["a", "b"]})
    frame.to_parquet("vectors.parquet")
    told = refused("train", "vect*.parquet", "--label", "kind", "-o", "m.skops")
    assert "vectors in column 'v'" in told


def refused(*arguments):
    done = run(*arguments)
    assert done.exit_code == 2, done.output
    return done.stderr


def test_no_file(folder):
    told = refused("query", "pool/*.parquet", "--label", "kind")
    assert "No Parquet file matches pool/*.parquet" in told


def test_columns_that_differ(pool):
    frame, _ = pool
    frame[:10].drop(columns="x2").to_parquet("pool/part-2.parquet")
    assert "pool/part-2.parquet has no column 'x2', unlike pool/part-0.parquet" in refused(*QUERY)
    frame[:10].assign(x2="a").to_parquet("pool/part-2.parquet")
    assert "Column 'x2' holds string in pool/part-2.parquet" in refused(*QUERY).replace(
        "large_string", "string"
    )
    frame[:10].assign(more=1).to_parquet("pool/part-2.parquet")
    assert "pool/part-2.parquet has another column, 'more'" in refused(*QUERY)


def test_nan_and_files_that_are_none(pool):
    frame, kinds = pool
    run(*QUERY, "-n", 9, "-o", "one.csv")
    fill_in("one.csv", kinds)
    frame[100:].assign(x1=np.where(np.arange(50) == 33, np.nan, frame["x1"][100:])).to_parquet(
        "pool/part-2.parquet", row_group_size=20
    )
    told = refused(*QUERY, "--labels", "one.csv")
    assert "ow group 1 of" in told
    assert "part-2.parquet of the pool, row 133, holds NaN" in told
    frame.to_csv("pool/part-2.parquet")
    assert "part-2.parquet" in refused(*QUERY)


def test_several_columns_of_vectors_or_none_of_numbers(folder):
    (folder / "pool").mkdir()
    frame = pd.DataFrame({"v": [[1.0], [2.0]], "w": [[3.0], [4.0]]})
    frame.to_parquet("pool/part-0.parquet")
    assert "several columns of vectors (v, w)" in refused(*QUERY)
    pd.DataFrame({"name": ["x"]}).to_parquet("pool/part-0.parquet")
    assert "no column of numbers" in refused(*QUERY)


def test_labels_of_other_rows(pool):
    for file, place, told in (
        ("pool/part-9.parquet", 0, "has a row of pool/part-9.parquet, which is no file"),
        ("pool/part-1.parquet", 50, "has row 50 of pool/part-1.parquet, which has fewer rows"),
        ("pool/part-1.parquet", "x", "holds cells that are not row numbers"),
    ):
        row = {"file": file, "row_in_file": place, "kind": "a"}
        pd.DataFrame([row]).to_csv("mine.csv", index=False)
        assert told in refused(*QUERY, "--labels", "mine.csv")
    pd.DataFrame({"kind": ["a"]}).to_csv("mine.csv", index=False)
    assert "has no column 'file'" in refused(*QUERY, "--labels", "mine.csv")
    pd.DataFrame({"code": ["r999"], "kind": ["a"]}).to_csv("mine.csv", index=False)
    by_code = (*QUERY, "--id", "code", "--labels", "mine.csv")
    assert "code 'r999' of mine.csv is in no row" in refused(*by_code)


def test_an_array(folder):
    np.save("pool.npy", X)
    told = refused("query", "pool.npy", "--label", "kind")
    assert "pass np.load('pool.npy', mmap_mode='r') to query()" in told


def test_other_commands_and_options(pool):
    told = refused("fill", "pool/*.parquet", "one.csv", "--label", "kind", "-o", "two.csv")
    assert "are several files, which skal label, query" in " ".join(told.split())
    assert "--merge is for one file" in refused(*QUERY, "--merge", "a=b")
    pool[0].to_csv("one.csv", index=False)
    told = refused("query", "one.csv", "--label", "code", "--labels", "one.csv")
    assert "--labels is for a pool of Parquet files" in told
    assert "leave out --strategy" in refused(*QUERY, "--strategy", "Margin")
