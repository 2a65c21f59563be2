"""`skal label`: a labelling page in the browser, which selects informative rows."""

import shlex
import threading
import webbrowser
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from skal.cli import options, reaching
from skal.cli.digits import CLASSES, FOLDER, write_digits
from skal.cli.opening import (
    check_kept,
    check_source,
    folder_of,
    keep_port,
    notes,
    open_store,
    port_of,
    running_link,
    secret,
)
from skal.cli.plan import FilePlan, plan_of, usual
from skal.cli.reaching import Reach
from skal.cli.trouble import Trouble, told
from skal.labelling import Store, StoreInUse
from skal.labelling.making import CACHE
from skal.labelling.model import Trainer
from skal.labelling.settings import plain


@click.command()
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, metavar="[FILE]")
@click.option("--label", metavar="COLUMN", help="The column of the labels, in the file or new.")
@click.option("--classes", multiple=True, metavar="NAMES", help="Classes, separated by commas.")
@click.option("--strategy", help="Strategy, such as Margin; by default as in skal query.")
@options.estimator
@click.option(
    "--encoder",
    metavar="NAME",
    help="Features of images or texts: efficientnet or pixels, minilm or tfidf, or "
    "module:function; by default a net if skal[data] and its weights are installed.",
)
@options.identifier
@options.task
@options.missing
@click.option(
    "--audit",
    type=options.Number(0, 1),
    default=0.1,
    show_default=True,
    metavar="SHARE",
    help="The share of random rows, which measure the model.",
)
@click.option("--overlap", type=click.IntRange(1, 1000), help="How many people label each row.")
@click.option("--port", type=click.IntRange(1, 65535), help="Default: 8765, or the next free port.")
@reaching.options
@click.option("--no-browser", is_flag=True, help="Print the link without opening a browser.")
@click.option(
    "--store",
    "base",
    metavar="ADDRESS",
    help="Store the labels in PostgreSQL, postgresql://host/name, for several machines.",
)
@click.option("--rebind", is_flag=True, help="Use a file that has changed as it is now.")
@click.option("--demo", is_flag=True, help=f"Digits as images, in a new folder {FOLDER}.")
@click.option(
    "--export", "output", type=click.Path(path_type=Path), metavar="OUT",
    help="Write the labels, and exit: .csv, .tsv, .parquet or .xlsx is the file with its labels, "
    ".jsonl all answers, .json tasks of Label Studio.",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Replace the file of --export if it exists.")
@click.option(
    "--spreadsheet-safe", is_flag=True, help="With --export: spreadsheets run no cell as a formula."
)
@click.option("--check", is_flag=True, help="Check the store for problems, and exit.")
def label(
    files: tuple[Path, ...],
    label: str | None,
    classes: tuple[str, ...],
    strategy: str | None,
    estimator: str,
    encoder: str | None,
    id: str | None,
    task: str | None,
    missing: tuple[str, ...],
    audit: float,
    overlap: int | None,
    port: int | None,
    reach: Reach,
    no_browser: bool,
    base: str | None,
    rebind: bool,
    demo: bool,
    output: Path | None,
    force: bool,
    spreadsheet_safe: bool,
    check: bool,
) -> None:
    """Label the rows of FILE, or the images or texts of a folder, on a page in the browser.

    Stop with Ctrl+C and start again at any time: every label that the page calls Saved is on the
    disk, in the folder FILE.skal.  FILE itself is never written.

    FILE may also be a folder or a quoted glob of Parquet files, such as `'pool/*.parquet'`. The
    model then learns from their column of vectors, if there is one; the page shows the others.
    """
    path, names = _path(files, demo), _classes(classes, demo)
    if output is not None or check:
        _write_or_check(path, base, output, check, force=force, spreadsheet_safe=spreadsheet_safe)
        return
    if force or spreadsheet_safe:
        raise Trouble("--force and --spreadsheet-safe belong to --export OUT.")
    if strategy:
        check_strategy(strategy)
    if encoder:
        check_encoder(encoder)
    if not find_spec("starlette") or not find_spec("uvicorn"):
        raise Trouble('skal label needs pip install "skal[label]".')
    if demo:
        with told():
            write_digits(path)
    try:
        with told():
            store = open_store(path, label, names, id, task, options.words(missing), base)
    except Trouble as trouble:
        if not isinstance(trouble.__cause__, StoreInUse):
            raise
        _show(running_link(folder_of(path)), no_browser, "The page is open already")
        return
    with store:
        with told():
            if sentence := check_source(store, rebind):
                click.echo(sentence, err=True)
            if overlap is not None:
                store.set_overlap(overlap)
            for line in notes(store, task):
                click.echo(line, err=True)
        _advise(path, store.settings())
        plan = _plan(store, estimator, strategy, encoder)
        if plan.note:
            click.echo(plan.note, err=True)
        _serve(store, plan, audit, reach, reach.listen(port, port_of(store.folder)), no_browser)


def _path(files, demo):
    """What is labelled."""
    if demo and not files:
        return Path(FOLDER)
    if len(files) > 1 and not demo:  # a glob that the shell has expanded
        from skal.cli.pool_files import pattern_of

        return Path(pattern_of([str(file) for file in files], "skal label"))
    if len(files) != 1 or demo:
        raise Trouble("Name one file or folder to label: skal label FILE --label COLUMN.")
    (file,) = files
    return file if file.name not in ("", "..") else file.resolve()  # of a folder such as .


def _classes(typed, demo):
    """The classes that were named, each once."""
    names = [name for name in options.words(typed) if name]
    first: dict[str, str] = {}
    for name in names:
        if (known := first.setdefault(plain(name), name)) != name:
            raise Trouble(
                f"--classes names {known!r} and {name!r}, which differ only in case, spaces or "
                "accents: name one. If both are meant, add the other on the page."
            )
    return names or (list(CLASSES) if demo else [])


def _write_or_check(path, base, output, check, **how):
    """Export or check a store that is there; another process may serve it meanwhile."""
    folder = folder_of(path)
    if not folder.is_dir():
        start = f"skal label {shlex.quote(str(path))} --label COLUMN"
        raise Trouble(f"{path} has no labels yet: {start} makes {folder.name}.")
    check_kept(folder, base)
    with told(), Store.open(folder, read_only=output is not None, base=base) as store:
        if check:
            found = store.check()
            click.echo("\n".join(found) if found else f"Nothing is wrong with {folder.name}.")
        if output is not None:
            for warning in store.export(output, **how):
                click.echo(warning.replace("spreadsheet_safe=True", "--spreadsheet-safe"), err=True)
            known = store.progress()
            n = known["labels"] + known["imported"]
            click.echo(f"Wrote {options.counted(n, 'label')} to {output}.", err=True)
    if check and found:
        raise click.exceptions.Exit(1)


def check_strategy(strategy: str) -> None:
    """An error for what is no strategy, or several: told before anything is made."""
    from skal.cli.names import parse_strategies

    asked = parse_strategies(strategy)
    if len(asked) != 1:
        raise Trouble(f"--strategy {strategy!r} names {len(asked)} strategies: name one.")


def check_encoder(encoder: str) -> None:
    """An error for what is no encoder, or lacks its weights."""
    from skal.cli.encoders import check

    check(encoder)


def _advise(path: Path, settings: dict[str, Any]) -> None:
    """Name classes of the file that are likely one in several spellings, as skal query does."""
    from skal.cli.spellings import groups_of

    known = [name for name in settings["classes"] if isinstance(name, str)]
    if not path.is_file() or not groups_of(dict.fromkeys(known, 1)):
        return
    from skal.cli.labels import MISSING
    from skal.cli.merging import advice  # seconds of imports, which most files do not need
    from skal.cli.tables import read_table

    missing = [word for word in settings["missing"] if word not in MISSING]
    with told():
        table = read_table(path, settings["label"], settings["id"], missing)
        for line in advice(table.y, table, str(path)):
            click.echo(line, err=True)


def _plan(store: Store, estimator: str, strategy: str | None, encoder: str | None) -> FilePlan:
    """Who learns, from what, and how it asks."""
    settings = store.settings()
    task = settings["task"]
    if strategy:
        from skal.cli.names import make_learner, parse_strategies

        asked = parse_strategies(strategy)
        (strategy,) = asked
        if make_learner(estimator, task, asked)[1]:
            raise Trouble(
                f"--strategy {strategy} looks into a linear model: say --estimator linear."
            )
    strategy = strategy or usual(estimator, task)
    with told():
        return plan_of(store.folder / CACHE, store.desk.source_path(), settings, estimator,
                       strategy, encoder)  # fmt: skip


def _serve(store, plan, audit, reach, listening, no_browser):
    """Serve the page until Ctrl+C."""
    from skal.labelling.server.running import make_server

    port = listening.getsockname()[1]
    access = reach.access(port)
    url = f"{access.scheme}://{access.hosts[0]}"
    with told():
        link = f"{url}/#{secret(store)}"
        keep_port(store.folder, port)
        store.tell_where(url)
    trainer = Trainer(store, plan, audit=audit).start()
    try:
        server = make_server(
            store, access, trainer,
            behind_proxy=reach.behind_proxy, certificate=reach.certificate, key=reach.key,
        )  # fmt: skip
        _show(link, no_browser, "The page is open")
        click.echo("Press Ctrl+C to stop. Run the same command again to continue.", err=True)
        with listening:
            server.run(sockets=[listening])
    except KeyboardInterrupt:
        pass
    finally:
        trainer.stop()
    told_now = store.progress()
    click.echo(f"{options.counted(told_now['labels'], 'label')}, all saved.", err=True)


def _show(link, no_browser, what):
    """Print the link, and open it."""
    click.echo(f"{what}:\n\n  {link}\n", err=True)
    if not no_browser:
        threading.Thread(target=webbrowser.open, args=(link,), daemon=True).start()
