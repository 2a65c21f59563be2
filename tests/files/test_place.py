"""Files that take their place whole or not at all, and replace nothing unasked."""

import os
import stat

import pytest

from skal.files import place as module
from skal.files.locks import PREFIX, hold, let_go, unfinished_of
from skal.files.place import oddity, reserved

pytest.importorskip("fcntl")


def put(path, text="new", check=None, **options):
    with reserved(path, **options) as place:
        place.put(lambda unfinished: unfinished.write_text(text), check)


def mode_of(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def test_a_file_takes_its_place_and_nothing_else_is_there(tmp_path):
    put(tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text() == "new"
    put(tmp_path / "out.csv", "newer", replace=True)
    assert (tmp_path / "out.csv").read_text() == "newer"
    assert os.listdir(tmp_path) == ["out.csv"]


def test_a_file_that_appeared_meanwhile_stays(tmp_path, monkeypatch):
    for linkable in (True, False):
        if not linkable:  # as on file systems without links

            def refuse(*_):
                raise PermissionError(module.errno.EPERM, "no links here")

            monkeypatch.setattr(os, "link", refuse)
            put(tmp_path / "other.csv")
            assert (tmp_path / "other.csv").read_text() == "new"
        with pytest.raises(OSError, match=r"out.csv was created by another program"):
            put(tmp_path / "out.csv", check=lambda _: (tmp_path / "out.csv").write_text("theirs"))
        assert (tmp_path / "out.csv").read_text() == "theirs"
        assert not list(tmp_path.glob(f"{PREFIX}*"))


def test_modes_stay(tmp_path):
    source = tmp_path / "private.csv"
    source.write_text("old")
    source.chmod(0o600)
    put(tmp_path / "derived.csv", source=source)
    assert mode_of(tmp_path / "derived.csv") == 0o600
    source.chmod(0o640)
    put(source, replace=True, source=source)
    assert mode_of(source) == 0o640
    before = os.umask(0o027)
    try:
        put(tmp_path / "fresh.csv")
    finally:
        os.umask(before)
    assert mode_of(tmp_path / "fresh.csv") == 0o640


def test_files_that_are_read_only(tmp_path, monkeypatch):
    """A user may not open them to write, though root, who may run this test, could."""
    really = os.open

    def as_a_user(path, flags, *mode, **options):
        if flags & (os.O_RDWR | os.O_WRONLY) and os.path.isfile(path) and not mode_of(path) & 0o200:
            raise PermissionError(13, "Permission denied")
        return really(path, flags, *mode, **options)

    monkeypatch.setattr(os, "open", as_a_user)
    source = tmp_path / "source.csv"
    source.write_text("old")
    os.chmod(source, 0o440)
    put(tmp_path / "answers.csv", source=source)
    assert mode_of(tmp_path / "answers.csv") == 0o640  # to be filled in
    put(source, source=source, replace=True)
    assert (source.read_text(), mode_of(source)) == ("new", 0o440)


def test_a_folder_that_cannot_be_listed(tmp_path, monkeypatch):
    really = os.open

    def as_a_user(path, *flags, **options):
        if os.path.isdir(path):
            raise PermissionError(13, "Permission denied")
        return really(path, *flags, **options)

    synced = []
    monkeypatch.setattr(os, "open", as_a_user)
    monkeypatch.setattr(os, "sync", lambda: synced.append(True))
    put(tmp_path / "new.csv")
    assert (tmp_path / "new.csv").read_text() == "new"
    assert synced


def test_the_owner_stays(tmp_path, monkeypatch):
    given = []
    path = tmp_path / "theirs.csv"
    path.write_text("old")
    real = os.stat

    def as_if_theirs(name, **options):
        there = real(name, **options)
        if str(name) != str(path):
            return there
        fields = list(there)
        fields[4] = 4321
        return os.stat_result(fields)

    monkeypatch.setattr(os, "stat", as_if_theirs)
    monkeypatch.setattr(os, "chown", lambda name, user, group: given.append(user))
    put(path, replace=True)
    assert given == [4321]

    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr(os, "chown", refuse)
    with pytest.raises(OSError, match="belongs to another user"):
        put(path, "newer", replace=True)
    assert path.read_text() == "new"


def test_two_writers_at_once_and_a_source_that_changes(tmp_path):
    with reserved(tmp_path / "out.csv"):
        with pytest.raises(OSError, match=r"out.csv is being written by another run of skal"):
            put(tmp_path / "out.csv")
        put(tmp_path / "another.csv")
    source = tmp_path / "source.csv"
    source.write_text("old")
    with pytest.raises(OSError, match=r"source.csv was changed by another program"):
        put(
            source,
            check=lambda _: source.write_text("other labels"),
            replace=True,
            source=source,
            unchanged=True,
        )
    assert source.read_text() == "other labels"


def test_what_killed_runs_left_is_removed_and_never_written_to(tmp_path):
    finished = tmp_path / "out.csv"
    finished.write_text("finished")
    os.link(finished, unfinished_of(finished))  # killed between its two names
    (tmp_path / f"{PREFIX}0123.csv").write_text("half of")
    put(finished, "newer", replace=True)
    assert finished.read_text() == "newer"
    assert os.listdir(tmp_path) == ["out.csv"]
    os.link(finished, unfinished_of(finished))
    let_go(hold(unfinished_of(finished)), unfinished_of(finished))
    assert finished.read_text() == "newer"
    held = hold(tmp_path / f"{PREFIX}held.csv")
    put(tmp_path / "next.csv")
    assert (tmp_path / f"{PREFIX}held.csv").exists()  # another run is at it
    let_go(held, tmp_path / f"{PREFIX}held.csv")


def test_errors_name_the_file_and_change_nothing(tmp_path):
    def full(unfinished):
        unfinished.write_text("half of")
        raise OSError(28, "No space left on device")

    def differs(unfinished):
        raise ValueError("read back, it is another")

    (tmp_path / "out.csv").write_text("old")
    full_disk = r"out.csv cannot be written: No space left on device\."
    with (
        pytest.raises(OSError, match=full_disk),
        reserved(tmp_path / "out.csv", replace=True) as place,
    ):
        place.put(full)
    with pytest.raises(ValueError, match="read back"):
        put(tmp_path / "out.csv", check=differs, replace=True)
    with pytest.raises(OSError, match=r"no-such/out.csv cannot be written"):
        put(tmp_path / "no-such" / "out.csv")
    assert (tmp_path / "out.csv").read_text() == "old"
    assert os.listdir(tmp_path) == ["out.csv"]


def test_pipes_and_devices(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert oddity(tmp_path / "pipe") == "a pipe"
    for fine in (tmp_path, tmp_path / "absent", os.devnull, "/dev/stdin"):
        assert oddity(fine) == ""
    put(os.devnull)
