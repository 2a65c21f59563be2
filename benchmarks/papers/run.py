"""Run every paper's claim, and make the table of claims of what came out.

    python benchmarks/papers/run.py [NAME ...] [--quick] [--jobs 2] [--again] [--results FOLDER]

Each script is a process of its own, on one thread, `--jobs` of them at a time; what it says goes to
FOLDER/logs.  A run that was stopped goes on where it was: most scripts know what they have done
already; one that does not is left out while its results are newer than it, and than the results it
reads.  `--again` runs that one all the same.  `--quick` tries everything out in a few minutes, in a
folder of its own (benchmarks/results/quick), beginning anew each time.  What failed is listed at
the end, and the exit code is 1 then.

Results of before are in benchmarks/results, in the repository: give an empty `--results` folder to
see everything computed anew.
"""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from options import Study, parser_for, results_folder

HERE = Path(__file__).parent
ENOUGH_LINES = 15  # of the log of one that failed


@dataclass(frozen=True)
class Run:
    """A script with its arguments (`full` ones not with --quick), and the files it writes."""

    name: str
    script: str
    files: tuple  # in a folder of results
    arguments: tuple = ()
    full: tuple = ()
    resumes: bool = True
    after: tuple = ()  # names of the runs whose files it reads
    folder: Path = HERE

    def command(self, quick, folder):
        """What is started."""
        more = ("--quick",) if quick else self.full
        script = str(self.folder / self.script)
        return [sys.executable, script, *self.arguments, *more, "--results", str(folder)]

    def is_done(self, folder, others):
        """Whether all its files are newer than the script and all that it reads."""
        files = [folder / name for name in self.files]
        sources = [self.folder / self.script]
        sources += [folder / name for run in others if run.name in self.after for name in run.files]
        if not all(path.is_file() for path in [*files, *sources]):
            return False
        return min(map(_changed, files)) > max(map(_changed, sources))


def _changed(path):
    return path.stat().st_mtime_ns


def _files(study, raw=(), tables=(), pictures=()):
    """Where these files of a study lie in a folder of results."""
    here = Study(study, Path())
    return (*map(here.raw, raw), *map(here.table, tables), *map(here.picture, pictures))


# The longest first, so that none is left alone at the end.
RUNS = [
    Run(
        "fisher_kernel_mnist",
        "fisher_kernel_mnist.py",
        _files(
            "fisher-kernel-mnist",
            raw=("replays.jsonl", "rounds.csv"),
            tables=("summary.csv", "rare.csv", "balanced.csv", "random-weights.csv"),
        ),
    ),
    Run(
        "alamp_cifar10",
        "alamp_cifar10.py",
        _files(
            "alamp-cifar10",
            raw=("replays.jsonl", "rounds.csv"),
            tables=(
                "summary.csv",
                "imbalance.csv",
                "balanced.csv",
                "imbalanced.csv",
                "schemes.csv",
            ),
        ),
    ),
    Run(
        "wrong_prediction_mnist",
        "wrong_prediction_mnist.py",
        _files("wrong-prediction-mnist", ("balanced.json", "imbalanced.json", "holdout.json")),
    ),
    Run(
        "segmentation",
        "segmentation.py",
        _files("segmentation", raw=("shapes.json",), tables=("shapes.csv",)),
    ),
    Run(
        "goral_retraining",
        "goral_retraining.py",
        _files("goral-retraining", ("digits.json", "rt-polarity.json")),
    ),
    Run(
        "goral_snapshots",
        "goral_snapshots.py",
        _files("goral-snapshots", ("snapshots.json", "batches.json")),
    ),
    Run("bait_oversampling", "bait_oversampling.py", _files("bait-oversampling", ("rounds.csv",))),
    Run("bait_nets", "bait_nets.py", _files("bait-nets", ("rounds.csv",))),
    Run("bait_times", "bait_times.py", _files("bait-times", ("seconds.csv",)), resumes=False),
    Run(
        "goal_curves",
        "goal_curves.py",
        _files(
            "goal-curves",
            ("synth2.json", "rt-polarity.json", "letter.json", "rt-polarity-long.json"),
        ),
    ),
    Run(
        "bait_structures-curves",
        "bait_structures.py",
        _files(
            "bait-structures",
            raw=("replays.jsonl", "rounds.csv"),
            tables=("curves.csv", "saved.csv", "points.csv"),
        ),
        arguments=("--part", "curves"),
        full=("--rows", "1000", "--seeds", "5"),
    ),
    Run(
        "bait_structures-queries",
        "bait_structures.py",
        _files("bait-structures", raw=("queries.csv",), tables=("queries-means.csv",)),
        arguments=("--part", "queries"),
        full=("--rows", "2000", "--seeds", "2"),
        resumes=False,
    ),
    Run(
        "bait_regression",
        "bait_regression.py",
        _files("bait-regression", raw=("risks.csv",)),
        resumes=False,
    ),
    Run(
        "bait_figures",
        "bait_figures.py",
        (
            *_files("bait-regression", pictures=("designs.png",)),
            *_files(
                "bait-structures",
                tables=("reached.csv", "common.csv", "gaps.csv", "areas.csv", "labels-saved.csv"),
                pictures=("objectives.png", "baselines.png"),
            ),
            *_files("fisher", tables=("ratios.csv", "sizes.csv", "exponents.csv")),
        ),
        resumes=False,
        after=("bait_structures-curves", "bait_structures-queries", "bait_regression"),
    ),
]


def begin(run, folder, quick):
    """The process, and where it writes what it says."""
    log = folder / "logs" / f"{run.name}.txt"
    log.parent.mkdir(parents=True, exist_ok=True)
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    with log.open("w") as file:
        process = subprocess.Popen(
            run.command(quick, folder),
            stdout=file,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=os.environ | threads,
        )
    return process, log, time.perf_counter()


def carry_out(runs, folder, *, quick=False, jobs=1, again=False, every=RUNS):
    """Carry out the runs; what failed, as {name: why}."""
    waiting, running, failed, done = list(runs), {}, {}, 0

    def say(name, what):
        print(f"[{done}/{len(runs)}] {name}: {what}", flush=True)

    try:
        while waiting or running:
            for run in [*waiting] if len(running) < jobs else []:
                pending = {one.name for one in [*waiting, *running] if one.name != run.name}
                if len(running) == jobs or pending & set(run.after):
                    continue
                waiting.remove(run)
                missing = sorted(set(run.after) & failed.keys())
                if missing:
                    done, failed[run.name] = done + 1, f"not run, since {', '.join(missing)} failed"
                    say(run.name, failed[run.name])
                elif not (quick or again or run.resumes) and run.is_done(folder, every):
                    done += 1
                    say(run.name, "left out, its results are newer than the script (see --again)")
                else:
                    for name in run.files if quick else ():
                        (folder / name).unlink(missing_ok=True)
                    running[run] = begin(run, folder, quick)
                    say(run.name, "started")
            time.sleep(0.05)
            for run, (process, log, start) in [*running.items()]:
                if process.poll() is None:
                    continue
                del running[run]
                done, seconds = done + 1, time.perf_counter() - start
                if process.returncode == 0:
                    say(run.name, f"done in {seconds:.0f} s")
                    continue
                failed[run.name] = f"exit code {process.returncode}, see {log}"
                say(run.name, f"failed after {seconds:.0f} s")
                print(*log.read_text().splitlines()[-ENOUGH_LINES:], sep="\n", flush=True)
    finally:
        for process, _, _ in running.values():
            process.terminate()
    return failed


def main():
    known = {run.name: run for run in RUNS}
    parser = parser_for(__doc__, "few rows, one seed, a few minutes for all")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(known)} (all)")
    parser.add_argument("--jobs", type=int, default=1, help="scripts at a time (1)")
    parser.add_argument("--again", action="store_true", help="also what cannot go on and is done")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in known]
    if unknown:
        parser.error(f"There is no {', '.join(unknown)}; there are {', '.join(known)}.")
    if options.jobs < 1:
        parser.error(f"--jobs {options.jobs}: at least one script runs at a time.")
    runs = [run for run in RUNS if run.name in options.names or not options.names]
    folder = results_folder(options)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # as a Ctrl-C, ends what it has started
    start = time.perf_counter()
    failed = carry_out(runs, folder, quick=options.quick, jobs=options.jobs, again=options.again)
    table = subprocess.run([sys.executable, str(HERE / "claims.py"), "--results", str(folder)])
    if table.returncode:
        failed["claims"] = f"exit code {table.returncode}"
    print(f"{len(runs)} runs in {(time.perf_counter() - start) / 60:.1f} minutes, in {folder}")
    for name, why in failed.items():
        print(f"  {name}: {why}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
