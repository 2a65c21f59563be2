"""Tables as people keep them in files."""

import pandas as pd
import pytest

pytest.importorskip("click")

from skal.cli.tables import name_of, read_table
from skal.cli.trouble import Trouble
from tests.cli.people import people, run, table_of


@pytest.mark.parametrize("ending", ["", ","])
def test_a_separator_at_the_end_of_rows_shifts_nothing(folder, ending):
    table = table_of(f"a,b,y\n1,2,u{ending}\n3,4,v{ending}\n5,7,{ending}\n")
    assert table.inputs.columns.tolist() == ["a", "b"]
    assert table.typed["a"].tolist() == [1, 3, 5]
    assert table.written["b"].tolist() == ["2", "4", "7"]
    assert table.y.tolist()[:2] == ["u", "v"]


@pytest.mark.parametrize("longer", ["1,2,u,8\n3,4,v,9\n", "1,2,u\n3,4,v,9\n"])
def test_rows_longer_than_the_header_are_refused(folder, longer):
    with pytest.raises(Trouble, match=r"more cells than its header|Expected 3 fields"):
        table_of(f"a,b,y\n{longer}")


def test_words_for_nothing_may_be_classes(folder):
    table = table_of(
        "id, y,a\n007,None,1\n08, NA ,2\n9,null,3\nNA,n/a,4\n1, ,5\n2,nan,6\n3,NaN,7\n4,,8\n"
    )
    assert table.y.tolist()[:4] == ["None", "NA", "null", "n/a"]
    assert table.y.isna().tolist() == [False] * 4 + [True] * 4
    assert table.written["id"].tolist()[:4] == ["007", "08", "9", "NA"]
    table = people(60, labelled=0.5)
    table["mood"] = table["mood"].replace({"low": "None", "high": "<NA>"})
    table.to_csv("moods.csv", index=False)
    done = run("query", "moods.csv", "--label", "mood", "-n", 2)
    assert done.exit_code == 0
    assert "mood has 3 classes" in done.stderr


def test_spaces_make_no_class_and_no_name(folder):
    table = table_of(" a, y\n1,u \n2, u\n3,u\n4,v\n5, \n", label=" y", id="a ")
    assert sorted(table.y.dropna().unique()) == ["u", "v"]
    assert (table.label, table.id) == ("y", "a")
    numbers = table_of("a,y\n1, 1\n2,2 \n3,1\n4,\n").y
    assert numbers.dropna().tolist() == [1, 2, 1]
    with pytest.raises(Trouble, match="several columns 'a'"):
        table_of("a, a,y\n1,2,u\n")


@pytest.mark.parametrize("ending", [".gz", ".bz2", ".xz"])
def test_compressed_files(folder, ending):
    people(labelled=0.3).to_csv(f"people.csv{ending}", index=False, sep=";")
    done = run(
        "query", f"people.csv{ending}", "--label", "mood", "-n", 2, "-o", f"next.csv{ending}"
    )
    assert done.exit_code == 0
    assert len(pd.read_csv(f"next.csv{ending}")) == 2
    whole_file = (folder / f"people.csv{ending}").read_bytes()
    (folder / f"broken.csv{ending}").write_bytes(whole_file[: len(whole_file) // 2])
    (folder / f"wrong.csv{ending}").write_bytes(b"a,y\n1,u\n")
    for name in (f"broken.csv{ending}", f"wrong.csv{ending}"):
        done = run("query", name, "--label", "mood")
        assert done.exit_code == 2
        assert "cannot be read as a table" in done.stderr
    assert name_of(f"a/people.csv{ending}") == name_of("people.csv") == "people"


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16", "utf-8-sig", "utf-8"])
def test_encodings_are_recognised_and_kept(folder, encoding):
    text = "a,y\r\n" + "".join(f"é{i % 3},{'uv'[i % 2] if i < 8 else ''}\r\n" for i in range(12))
    (folder / "table.csv").write_bytes(text.encode(encoding))
    done = run("query", "table.csv", "--label", "y", "-n", 2, "-o", "next.csv")
    assert done.exit_code == 0
    assert ("is not in UTF-8" in done.stderr) == (encoding in ("latin-1", "cp1252"))
    asked = (folder / "next.csv").read_bytes().decode(encoding)
    assert asked.startswith("rank,row,")
    assert asked.count("\r\n") == 3
    (folder / "next.csv").write_bytes(asked.replace(",\r\n", ",ä\r\n").encode(encoding))
    assert run("fill", "table.csv", "next.csv", "--label", "y", "-o", "new.csv").exit_code == 0
    filled = (folder / "new.csv").read_bytes()
    assert filled.decode(encoding).replace("ä", "") == text
    assert filled.decode(encoding).count("ä") == 2


def test_a_label_that_the_encoding_cannot_write(folder):
    (folder / "table.csv").write_bytes("a,y\né,u\nb,v\nc,\n".encode("latin-1"))
    (folder / "next.csv").write_text("row,y\n2,Ж\n", encoding="utf-8")
    done = run("fill", "table.csv", "next.csv", "--label", "y", "-o", "new.csv")
    assert done.exit_code == 2
    assert "the file is in cp1252, which cannot represent 'Ж'" in done.stderr
    assert not (folder / "new.csv").exists()


def test_utf_8_with_a_mark(folder):
    (folder / "table.csv").write_bytes("y;a\nu;1\nv;2\n;3\n".encode("utf-8-sig"))
    assert read_table("table.csv", "y").inputs.columns.tolist() == ["a"]


def test_a_workbook_whose_first_sheet_is_a_cover(folder):
    pytest.importorskip("openpyxl")
    table = pd.DataFrame({"age": [1, 2], "mood": ["low", None]})
    for cover, says in (
        (pd.DataFrame(), "'Notes', has no rows: move the sheet with the table to the front."),
        (pd.DataFrame({"title": ["of whom"]}), "it has title. Reading the first sheet of"),
    ):
        with pd.ExcelWriter("two.xlsx") as book:
            cover.to_excel(book, sheet_name="Notes", index=False)
            table.to_excel(book, sheet_name="Table", index=False)
        with pytest.raises(Trouble, match=says):
            read_table("two.xlsx", "mood")
