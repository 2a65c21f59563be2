"""The papers' claims: the rule of the verdicts, the table in the repository, the one command."""

import sys
from math import nan
from pathlib import Path

import numpy as np
import pytest

pd = pytest.importorskip("pandas")

ROOT = Path(__file__).parents[2]
PAPERS = ROOT / "benchmarks" / "papers"


@pytest.fixture(scope="module", autouse=True)
def importable():
    """As a script in that folder sees it."""
    before = sys.path[:]
    sys.path.insert(0, str(PAPERS))
    yield
    sys.path[:] = before  # the scripts add a folder


def a_part(**options):
    from evidence.verdicts import Part

    return Part("a number", lambda folder: None, **options)


# (value, low, high), what is claimed, the verdict
PARTS = [
    ((0.5, 0.4, 0.6), {"above": 0.0}, "reproduced"),
    ((0.5, -0.1, 1.1), {"above": 0.0}, "partly"),  # the interval goes over the bar
    ((-0.5, -1.1, 0.1), {"above": 0.0}, "not reproduced"),
    ((0.0, 0.0, 0.0), {"above": 0.0}, "not reproduced"),  # on the bar is not beyond it
    ((0.5, nan, nan), {"above": 0.0}, "partly"),  # one seed
    ((0.3, 0.2, 0.4), {"above": 0.0, "paper": 0.4}, "reproduced"),  # the paper's is within reach
    ((0.9, 0.8, 1.0), {"above": 0.0, "paper": 0.4}, "reproduced"),  # more than the paper's
    ((0.2, 0.1, 0.3), {"above": 0.0, "paper": 0.4}, "partly"),  # surely less than the paper's
    ((1.0, 0.9, 1.1), {"below": 2.0, "paper": 0.5}, "partly"),
    ((1.0, 0.9, 1.1), {"below": 2.0, "paper": 1.5}, "reproduced"),
    ((2.5, 2.4, 2.6), {"below": 2.0}, "not reproduced"),
    ((0.0, -0.01, 0.01), {"above": -0.02, "below": 0.02}, "reproduced"),  # level
    ((0.0, -0.03, 0.03), {"above": -0.02, "below": 0.02}, "partly"),  # perhaps not
    ((0.03, 0.01, 0.05), {"above": -0.02, "below": 0.02}, "not reproduced"),
    ((200.0, 190.0, 240.0), {"paper": 230.0}, "reproduced"),  # a figure without a side
    ((200.0, 190.0, 210.0), {"paper": 230.0}, "partly"),
    ((300.0, 290.0, 310.0), {"paper": 230.0}, "partly"),
]


@pytest.mark.parametrize(("numbers", "options", "expected"), PARTS)
def test_a_number_is_judged(numbers, options, expected):
    from evidence.verdicts import Estimate, verdict_of_part

    assert verdict_of_part(a_part(**options), Estimate(*numbers, seeds=5)) == expected


YES, MAYBE, NO, MISSING = (0.5, 0.4, 0.6), (0.5, -0.1, 1.1), (-0.5, -0.6, -0.4), None


@pytest.mark.parametrize(
    ("numbers", "needs", "expected"),
    [
        ([YES, YES], "every", "reproduced"),
        ([YES, MAYBE], "every", "partly"),
        ([YES, NO], "every", "partly"),
        ([MAYBE, NO], "every", "partly"),
        ([NO, NO], "every", "not reproduced"),
        ([NO, MISSING], "every", "not reproduced"),
        ([YES, MISSING], "every", "partly"),  # what was not run is not there to help
        ([MISSING, MISSING], "every", "not run"),
        ([], "every", "not run"),
        ([YES, NO], "some", "reproduced"),
        ([YES, MISSING], "some", "reproduced"),
        ([MAYBE, NO], "some", "partly"),
        ([NO, NO], "some", "not reproduced"),
    ],
)
def test_a_claim_is_judged(numbers, needs, expected):
    from evidence.verdicts import Claim, Estimate, verdict

    claim = Claim("here", "it is so", "1", (a_part(above=0.0),) * len(numbers), needs)
    assert verdict(claim, [one and Estimate(*one) for one in numbers]) == expected


def test_intervals():
    from evidence.estimates import correlation, median, over_seeds, share

    one = over_seeds([1.0, 2.0, 3.0])
    reach = 4.302652729911275 / np.sqrt(3)  # Student's t of two degrees of freedom
    assert (one.value, one.low, one.high) == pytest.approx((2, 2 - reach, 2 + reach))
    assert np.isnan(over_seeds([1.0]).low)
    assert share([0.1, 0.9]).low == 0
    assert share([0.1, 0.9]).high == 1
    assert correlation([0.9, 1.0]).high == 1
    assert correlation([0.9, -1.0]).low == -1
    twenty = median(np.arange(20.0)[::-1])
    assert (twenty.value, twenty.low, twenty.high) == (9.5, 5, 14)  # the 6th and the 15th
    assert np.isnan(median(np.arange(5.0)).low)  # too few for 95 %
    assert median(np.arange(6.0)).high == 5


def test_the_interval_of_a_median_covers_it():
    from evidence.estimates import median

    rng = np.random.default_rng(0)
    for n in (6, 9, 20):
        found = [median(rng.exponential(size=n)) for _ in range(2_000)]
        assert np.mean([one.low <= np.log(2) <= one.high for one in found]) > 0.94


def all_claims():
    from claims import PAPERS as papers

    return [claim for paper in papers for claim in paper.CLAIMS]


def test_claims_are_whole():
    every = all_claims()
    assert len(every) > 80
    assert len({(claim.where, claim.text) for claim in every}) == len(every)
    for claim in every:
        assert claim.where
        assert claim.text.endswith((".", ")"))
        assert claim.figure
        assert bool(claim.parts) != bool(claim.reason), claim.text
        assert claim.needs in ("every", "some")
        assert len({part.what for part in claim.parts}) == len(claim.parts)
        for part in claim.parts:
            bounded = np.isfinite(part.above) or np.isfinite(part.below)
            assert bounded or part.paper is not None, (claim.text, part.what)


@pytest.mark.parametrize("name", ["claims.csv", "claims.rst"])
def test_the_table_in_the_repository_is_that_of_the_results(name):
    """To make it anew: python benchmarks/papers/claims.py"""
    from claims import as_csv, as_rst, findings
    from options import RESULTS, Study

    made = {"claims.csv": as_csv, "claims.rst": as_rst}[name](findings(RESULTS))
    assert made == Study("claims").table(name).read_text()


def test_without_results_nothing_was_run_and_each_claim_says_why(tmp_path):
    from claims import findings

    for every in findings(tmp_path).values():
        for one in every:
            assert one.verdict == "not run"
            assert all(one.lines()), one.claim.text


def test_curves_of_which_the_answer_is_known(tmp_path):
    """The kernel is 2 points ahead, but for one seed that only the rival has."""
    from claims import judge
    from evidence import fisher_kernel
    from options import Study

    lines = [
        (100, "rotations", name, seed, 125 * r, 0.1 * r + lead + 0.001 * seed * r, 0.5, 1.0)
        for seed in range(4)
        for name, lead in (("feature kernel", 0.0), ("Fisher kernel, neighbour", 0.02))
        for r in (1, 2, 3)
        if (name, seed) != ("Fisher kernel, neighbour", 3)
    ]
    columns = ["imbalance", "start", "strategy", "seed", "n_labelled", "accuracy"]
    frame = pd.DataFrame(lines, columns=[*columns, "accuracy_5_to_9", "query_seconds"])
    study = Study("fisher-kernel-mnist", tmp_path).made("raw")
    frame.to_csv(study.raw("rounds.csv"), index=False)
    (claim,) = [c for c in fisher_kernel.CLAIMS if "kernel of the features" in c.text]
    found = judge(claim, tmp_path)
    assert found.verdict == "partly"
    assert found.lines() == [
        "neighbour - features: +2.0 points (+2.0 to +2.0; n=3)",
        "predicted - features: 'Fisher kernel, predicted' has no rounds yet",
    ]
    part = fisher_kernel.labels_saved_against("feature kernel")(tmp_path)
    assert 0 < part.value < 0.2


def nets(means, seeds=5, batch=10, rounds=9):
    """Curves of bait_nets.py; between the seeds every strategy differs by its own small noise."""
    rng = np.random.default_rng(0)
    lines = [
        ("a batch", name, seed, 100 + batch * r, mean(r) + rng.normal(0, 1e-3))
        for name, mean in means.items()
        for seed in range(seeds)
        for r in range(rounds)
    ]
    return pd.DataFrame(lines, columns=["data", "strategy", "seed", "n_labelled", "score"])


def test_penalties_of_which_the_answer_is_known():
    """Random rows reach 99 % of their last accuracy with the 5th batch: budgets 110, 120, 140."""
    from evidence.penalties import budgets, lead, matrix
    from evidence.sources import heights

    frame = nets(
        {
            "Random": lambda r: min(0.5 + 0.08 * r, 0.9),
            "Bait": lambda r: min(0.55 + 0.08 * r, 0.95),
            "Late": lambda r: min(0.5 + 0.08 * r, 0.9) + (0.02 if r == 4 else -0.02),
        }
    )
    assert budgets(heights(frame, "Random"), 10) == [110, 120, 140]
    names, found = matrix(frame, 10)
    assert names == ["Bait", "Late", "Random"]
    expected = [[0, 1, 1], [0, 0, 1 / 3], [0, 2 / 3, 0]]
    np.testing.assert_allclose(found, expected)
    # column means: 0, 5/9 and 4/9
    assert lead([(frame, 10), (frame, 10)], "Bait").value == pytest.approx(8 / 9)
    assert lead([(frame, 10)], "Random").value == pytest.approx(-4 / 9)


def test_one_seed_or_no_budget_penalises_nobody():
    from evidence.penalties import matrix

    rising, flat = (lambda r: 0.1 * r), (lambda r: 0.5)
    for seeds, random in ((1, rising), (5, flat)):  # one seed; no budget before random's last
        frame = nets({"Random": random, "Bait": lambda r: 0.9}, seeds=seeds)
        assert not matrix(frame, 10)[1].any()


@pytest.fixture
def runs(tmp_path):
    """Scripts that write a file, fail, or read what another wrote."""
    from run import Run

    scripts = tmp_path / "scripts"
    scripts.mkdir()
    head = "import sys, pathlib\nfolder = pathlib.Path(sys.argv[-1])\n"
    writes = "(folder / 'NAME.txt').open('a').write(' '.join(sys.argv[1:-1]) + '\\n')\n"
    for name in ("first", "second", "reader"):
        (scripts / f"{name}.py").write_text(head + writes.replace("NAME", name))
    (scripts / "broken.py").write_text("print('what went wrong')\nraise SystemExit(3)\n")
    common = {"folder": scripts, "resumes": False}
    return {
        "first": Run("first", "first.py", ("first.txt",), full=("--seeds", "5"), **common),
        "second": Run("second", "second.py", ("second.txt",), folder=scripts),
        "reader": Run("reader", "reader.py", ("reader.txt",), after=("first",), **common),
        "broken": Run("broken", "broken.py", ("broken.txt",), **common),
        "lost": Run("lost", "first.py", ("lost.txt",), after=("broken",), **common),
    }


def carry_out(runs, *names, **options):
    from run import carry_out

    every = list(runs.values())
    return carry_out([runs[name] for name in names], every=every, **options)


@pytest.mark.parametrize("jobs", [1, 3])
def test_all_is_run_in_order_and_what_failed_is_told(runs, tmp_path, capsys, jobs):
    failed = carry_out(
        runs, "lost", "reader", "broken", "second", "first", folder=tmp_path, jobs=jobs
    )
    assert failed.keys() == {"broken", "lost"}
    assert "exit code 3" in failed["broken"]
    assert failed["lost"] == "not run, since broken failed"
    assert (tmp_path / "first.txt").read_text() == "--seeds 5 --results\n"
    said = capsys.readouterr().out
    assert "what went wrong" in said
    assert said.index("first: done") < said.index("reader: started")
    assert "[5/5]" in said


def test_what_is_done_is_left_out_unless_told(runs, tmp_path, capsys):
    names = ("first", "second", "reader")
    for _ in range(2):
        assert not carry_out(runs, *names, folder=tmp_path)
    said = capsys.readouterr().out
    assert said.count("left out, its results are newer") == 2
    counts = [len((tmp_path / f"{name}.txt").read_text().splitlines()) for name in names]
    assert counts == [1, 2, 1]  # the second knows by itself what it has done
    assert not carry_out(runs, "first", folder=tmp_path, again=True)
    assert not carry_out(runs, "reader", folder=tmp_path)  # what it reads is newer now
    assert len((tmp_path / "reader.txt").read_text().splitlines()) == 2


def test_a_quick_run_begins_anew(runs, tmp_path):
    for _ in range(2):
        assert not carry_out(runs, "first", folder=tmp_path, quick=True)
    assert (tmp_path / "first.txt").read_text() == "--quick --results\n"


def test_every_script_is_run():
    from run import RUNS

    scripts = {path.name for path in PAPERS.glob("*.py")} - {"run.py", "claims.py", "options.py"}
    assert scripts == {run.script for run in RUNS}
    names = [run.name for run in RUNS]
    assert len(set(names)) == len(names)
    assert {name for run in RUNS for name in run.after} <= set(names)


def test_unknown_names_and_no_jobs_are_refused(monkeypatch, capsys):
    import run

    for arguments, message in (
        (["nothing"], "There is no nothing; there are fisher_kernel_mnist"),
        (["--jobs", "0"], "--jobs 0: at least one"),
    ):
        monkeypatch.setattr(sys, "argv", ["run.py", *arguments])
        with pytest.raises(SystemExit):
            run.main()
        assert message in capsys.readouterr().err
