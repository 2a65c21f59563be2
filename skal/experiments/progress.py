"""The progress bar of a comparison, with the remaining time."""

import contextlib
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def progress_bar(
    n_left: int, n_all: int, *, shown: bool, note: str = ""
) -> Iterator[Callable[[], None]]:
    """Return a function to call after each replay, which advances the bar below a note."""
    if not shown or not n_left:
        yield lambda: None
        return
    try:
        from rich import progress as rich
        from rich.console import Console
    except ImportError as error:
        raise ImportError(
            'A progress bar requires pip install "skal[experiments]"; or set progress=False.',
            name="rich",
        ) from error
    kept = f" ({n_all - n_left} already finished)" if n_left < n_all else ""
    columns = (
        rich.TextColumn("{task.description}"),
        rich.BarColumn(),
        rich.MofNCompleteColumn(),
        rich.TimeElapsedColumn(),
        rich.TextColumn("left:"),
        rich.TimeRemainingColumn(),
    )
    with rich.Progress(*columns, console=Console(stderr=True)) as bar:
        if note:
            bar.console.print(note, highlight=False, markup=False, soft_wrap=True)
        task = bar.add_task(f"Replays{kept}", total=n_left)
        yield lambda: bar.advance(task)
