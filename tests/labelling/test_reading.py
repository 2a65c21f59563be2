"""Sources: each row is read again as it was read first."""

import gzip
import json

import pandas as pd
import pytest

from skal.labelling import Answer, SourceChanged, Store, StoreError
from skal.labelling.reading import open_source
from skal.labelling.source import DRAWN, Source

CSV = 'text;label\r\n"a;b\r\nc ""quoted""";x\r\n\r\nä;\r\n;y\r\n'


def rows(source):
    return [dict(cells) for cells, _, _ in source.records()]


def check_rows(path, expected):
    """Rows as expected, and each the same when it is read alone."""
    source = open_source(path, "label")
    assert rows(source) == expected
    for number, (cells, offset, name) in enumerate(list(source.records())):
        row = list(source.rows())[number]
        shown = open_source(path, "label").cells(number, offset, name, row.content)
        assert shown == {k: v for k, v in cells.items() if k != "label"}
    with Store.create(path, label="label", audit_reserve=0) as store:
        shown = store.desk.show(range(1, len(expected) + 1))
        assert [row["cells"].get("text") for row in shown] == [row["text"] for row in expected]


@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_rows_of_a_csv_are_found_by_their_bytes(tmp_path, bom):
    path = tmp_path / "a.csv"
    path.write_text(bom + CSV, encoding="utf-8", newline="")
    check_rows(
        path,
        [
            {"text": 'a;b\r\nc "quoted"', "label": "x"},
            {"text": "ä", "label": ""},
            {"text": "", "label": "y"},
        ],
    )


def test_compressed_files(tmp_path):
    path = tmp_path / "a.tsv.gz"
    with gzip.open(path, "wt") as file:
        file.write("text\tlabel\none\t\ntwo\tx\n")
    check_rows(path, [{"text": "one", "label": ""}, {"text": "two", "label": "x"}])


def test_lines_of_json(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "ä", "n": [1]}\n\n{"text": null, "label": "x", "ok": true}\n')
    check_rows(path, [{"text": "ä", "n": "[1]"}, {"text": "", "label": "x", "ok": "true"}])
    assert open_source(path, "label").columns == ["text", "n", "label", "ok"]


@pytest.mark.parametrize("ending", [".parquet", ".xlsx"])
def test_typed_tables(tmp_path, ending):
    pytest.importorskip("pyarrow" if ending == ".parquet" else "openpyxl")
    path = tmp_path / f"a{ending}"
    frame = pd.DataFrame(
        {"text": ["a", None], "n": [2**53 + 1, 2], "x": [0.5, None], "label": ["x", None]}
    )
    frame = frame.astype({"n": str}) if ending == ".xlsx" else frame
    (frame.to_excel if ending == ".xlsx" else frame.to_parquet)(path, index=False)
    check_rows(
        path,
        [
            {"text": "a", "n": "9007199254740993", "x": "0.5", "label": "x"},
            {"text": "", "n": "2", "x": "", "label": ""},
        ],
    )


def test_a_folder_of_texts_and_images(tmp_path):
    folder = tmp_path / "texts"
    (folder / "more").mkdir(parents=True)
    (folder / "b.txt").write_text("two")
    (folder / "more" / "a.png").write_bytes(b"\x89PNG")
    (folder / ".hidden.txt").write_text("no")
    (folder / "readme.pdf").write_text("no")
    (tmp_path / "outside.txt").write_text("secret")
    (folder / "link.txt").symlink_to(tmp_path / "outside.txt")
    with Store.create(folder, classes=["x"], audit_reserve=0) as store:
        shown = store.desk.show([1, 2])
        assert [row["name"] for row in shown] == ["b.txt", "more/a.png"]
        assert shown[0]["cells"] == {"file": "b.txt", "text": "two"}
        (folder / "b.txt").rename(folder / "z.txt")
        found = store.changes()
        assert (found.moved, found.new, found.gone) == (2, 0, 0)  # by content
        with pytest.raises(SourceChanged):
            store.desk.show([1])
        store.bind()
        assert store.desk.show([1])[0]["name"] == "z.txt"


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", b"a,b\n1,2,3\n", "row .at byte 4. of 3 cells, but its header names 2"),
        ("a.csv", "a,b\n1,2\n".encode("utf-16"), "save it as UTF-8"),
        ("a.csv", b"PK\0\0\xff\n1,\xff\n", "save it as UTF-8"),
        ("a.csv", b"a,a\n1,2\n", "several columns 'a'"),
        ("a.csv", b'a,b\n"1,2\n', "cannot be read"),
        ("a.csv", b"a,b\n", "has no rows"),
        ("a.csv", b"", "is empty"),
        ("a.jsonl", b"{\n", "not JSON at byte 0"),
        ("a.jsonl", b"[1]\n", "no JSON object at byte 0"),
        ("a.parquet", b"no", "cannot be read as a table"),
        ("a.doc", b"no", "cannot be labelled"),
    ],
)
def test_files_that_cannot_be_read_make_no_store(tmp_path, name, content, told):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(StoreError, match=told):
        Store.create(tmp_path / name)
    assert not (tmp_path / f"{name}.skal").exists()


def test_a_file_of_windows_is_read_and_exported_in_its_own_encoding(tmp_path):
    path, content = tmp_path / "mails.csv", "Nachricht;Thema\r\nfür – €;\r\nGrüße;\r\n"
    path.write_bytes(content.encode("cp1252"))
    with Store.create(path, label="Thema", classes=["Größe"], audit_reserve=0) as store:
        told = [row["cells"]["Nachricht"] for row in store.desk.show([1, 2])]
        assert told == ["für – €", "Grüße"]
        store.desk.record(Answer(2, 1, "label", "Größe"))
        assert store.export(tmp_path / "done.csv") == []
    done = (tmp_path / "done.csv").read_bytes().decode("cp1252")
    assert done == content.replace("Grüße;", "Grüße;Größe")
    packed = tmp_path / "packed.csv.gz"
    packed.write_bytes(gzip.compress(content.encode("cp1252")))
    assert rows(open_source(packed, "Thema")) == rows(open_source(path, "Thema"))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(StoreError, match="does not exist"):
        Store.create(tmp_path / "a.csv")
    (tmp_path / "empty").mkdir()
    with pytest.raises(StoreError, match="has no rows"):
        Store.create(tmp_path / "empty")
    with pytest.raises(StoreError, match="have no column 'x'"):
        Store.create(tmp_path / "empty", id="x")


@pytest.mark.parametrize(
    ("name", "content", "row"),
    [
        ("a.csv", "text,label\na,1.5\nb,many\n", 3),  # as a spreadsheet counts
        ("a.jsonl", '{"text": "a", "label": 1.5}\n{"text": "b", "label": "many"}\n', 2),
    ],
)
def test_a_label_that_is_no_number_is_told_with_its_row(name, content, row, tmp_path):
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(StoreError, match=f"row {row}, column 'label': 'many' is not a number"):
        Store.create(path, task="regression")


def test_columns_in_another_order_are_the_same_rows(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("text,n,label\na,1,\nb,2,\n")
    with Store.create(path) as store:
        path.write_text("label,n,text\nx,1,a\n,2,b\n")
        assert store.changes().kept == 2
        store.bind()
        assert store.labels().tolist() == ["x", None]


def test_json_is_told_by_its_own_parser(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"text": "a\nb"}) + "\n")
    assert rows(open_source(path, "label")) == [{"text": "a\nb"}]


def test_a_file_that_has_become_shorter_has_changed(make, tickets):
    store = make()
    tickets.write_text("number,text,category\n")
    with pytest.raises(SourceChanged):
        store.desk.show([40])


@pytest.mark.parametrize("id", [None, "id"])
def test_rows_of_a_csv_file_are_those_that_every_source_gives(tmp_path, id):
    """The quick way is checked against the one that makes a dictionary of each row."""
    path = tmp_path / "rows.csv"
    path.write_text('id,text,label\n1,"a, b",x\n2,"two\nlines"\n\n3,,nan\n4,ü, y \n', "utf-8")
    source = open_source(path, "label", id)
    rows = list(source.rows())
    assert rows == list(Source.rows(source))
    assert [row.label for row in rows] == ["x", None, None, "y"]


def test_how_a_row_was_chosen_is_not_shown_and_stays_in_the_export(make, tmp_path):
    path = tmp_path / "drawn.csv"
    path.write_text("text,category,skal_drawn\nx,a,random 1 of 2 in round 1\ny,,\n")
    store = make(path)
    item = store.pool().items.tolist()[1]
    assert [one["cells"] for one in store.desk.show([item])] == [{"text": "y"}]
    store.export(tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text() == path.read_text()


@pytest.mark.parametrize("id", [None, "number"])
def test_a_file_that_gains_the_column_of_draws_keeps_its_items(make, tmp_path, id):
    path = tmp_path / "filled.csv"
    path.write_text("number,text,category\n1,x,\n2,y,\n")
    store = make(path, id=id)
    path.write_text("number,text,category,skal_drawn\n1,x,a,random 1 of 2 in round 1\n2,y,,\n")
    changes = store.bind()
    assert (changes.kept, bool(changes)) == (2, False)


def test_classes_of_the_file_are_in_the_order_of_their_counts(make, tmp_path):
    path = tmp_path / "counted.csv"
    path.write_text("text,category\n" + "".join(f"{i},{c}\n" for i, c in enumerate("xyyzzz")))
    store = make(path, classes=[])
    assert store.settings()["classes"] == ["z", "y", "x"]


def test_the_column_is_named_as_the_command_line_names_it():
    pytest.importorskip("click")
    from skal.cli.draws import COLUMN

    assert COLUMN == DRAWN
