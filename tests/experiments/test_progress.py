"""The progress bar."""

from tests.experiments.small import small


def test_the_progress_bar_tells_what_was_kept(tmp_path, capsys):
    small(progress=True, results=tmp_path / "kept.jsonl", seeds=1)
    assert "2/2" in capsys.readouterr().err
    small(progress=True, results=tmp_path / "kept.jsonl", seeds=2)
    assert "(2 already finished)" in capsys.readouterr().err
