"""The table of claims: each paper's figure, ours with its interval, the verdict.

    python benchmarks/papers/claims.py [--results FOLDER]

Reads what the scripts beside it left in benchmarks/results; writes tables/claims.csv and claims.rst
to results/claims (the page "Evidence" of the user guide shows the latter).  Runs nothing: run.py
does.  The claims are in evidence/, a file a paper; the rule of the verdicts in
evidence/verdicts.py.
"""

import csv
import io
import math
from collections import Counter
from dataclasses import dataclass

from evidence import alamp, bait, fisher_kernel, goral, wrong_prediction
from evidence.verdicts import NOT, NOT_RUN, PARTLY, REPRODUCED, NotRun, verdict
from options import parser_for, results_folder, study_of

PAPERS = (bait, goral, wrong_prediction, fisher_kernel, alamp)
WORDS = (REPRODUCED, PARTLY, NOT, NOT_RUN)
COLUMNS = ("paper", "where", "claim", "paper's figure", "here", "verdict")


@dataclass(frozen=True)
class Finding:
    """A claim, what was measured of it (None: not run), why not, and the verdict."""

    claim: object
    estimates: tuple
    reasons: tuple
    verdict: str

    def lines(self):
        """What stands under "here", a line a part."""
        if not self.claim.parts:
            return [self.claim.reason]
        if not any(self.estimates):
            return sorted(set(self.reasons))
        return [
            shown(part, one) if one else f"{part.what}: {reason}"
            for part, one, reason in zip(self.claim.parts, self.estimates, self.reasons)
        ]


def judge(claim, folder):
    """The finding of one claim."""
    estimates, reasons = [], []
    for part in claim.parts:
        try:
            estimates.append(part.measure(folder))
            reasons.append("")
        except NotRun as missing:
            estimates.append(None)
            reasons.append(f"{missing}")
    word = verdict(claim, estimates)
    return Finding(claim, tuple(estimates), tuple(reasons), word)


def shown(part, estimate):
    """A number with its interval, in its unit."""
    ends = [number(end, part.unit) for end in (estimate.low, estimate.high)]
    interval = "" if math.isnan(estimate.low) else f"{ends[0]} to {ends[1]}; "
    unit = {"points": " points", "%": " %", "×": " ×", "labels": " labels"}.get(part.unit, "")
    return f"{part.what}: {number(estimate.value, part.unit)}{unit} ({interval}n={estimate.seeds})"


def number(value, unit):
    """Digits that mean something."""
    if unit == "points":
        return f"{100 * value:+.1f}"
    if unit == "%":
        return f"{100 * value:.0f}"
    if unit == "labels" or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:#.3g}"


def findings(folder):
    """{paper: its findings}."""
    return {paper: [judge(claim, folder) for claim in paper.CLAIMS] for paper in PAPERS}


def as_csv(found):
    """A line a claim."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for paper, every in found.items():
        for one in every:
            claim = one.claim
            here = "; ".join(one.lines())
            writer.writerow([paper.TITLE, claim.where, claim.text, claim.figure, here, one.verdict])
    return file.getvalue()


def summary(found):
    """How many claims of each paper have which verdict, as a table."""
    yield from (".. list-table::", "   :header-rows: 1", "   :widths: 40 15 15 15 15", "")
    yield from row(["", *WORDS])
    for paper, every in found.items():
        counts = Counter(one.verdict for one in every)
        yield from row([paper.TITLE, *(str(counts[word]) for word in WORDS)])
    yield ""


def row(cells):
    """A row of a list-table; a cell of several lines is a line block."""
    for place, cell in enumerate(cells):
        lines = [cell] if isinstance(cell, str) else cell
        block = "| " if len(lines) > 1 else ""
        yield ("   * - " if place == 0 else "     - ") + block + lines[0]
        yield from ("       " + block + line for line in lines[1:])


def as_rst(found):
    """The part of the guide's page that is made from results."""
    lines = [".. Made by benchmarks/papers/claims.py from the results beside it.", ""]
    lines += summary(found)
    for paper, every in found.items():
        lines += [paper.TITLE, "-" * len(paper.TITLE), "", f"{paper.REFERENCE}.", ""]
        lines += [paper.PROTOCOL.replace("`", "``"), ""]
        lines += [".. list-table::", "   :header-rows: 1", "   :widths: 31 16 41 12", ""]
        lines += row(["claim", "the paper's figure", "here", "verdict"])
        for one in every:
            strong = f"**{one.verdict}**" if one.verdict in (REPRODUCED, NOT) else one.verdict
            claim = f"{one.claim.text} *{one.claim.where[0].upper()}{one.claim.where[1:]}.*"
            lines += row([claim, one.claim.figure, one.lines(), strong])
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def main():
    options = parser_for(__doc__, "of the results of a quick run").parse_args()
    found = findings(results_folder(options))
    study = study_of(options, "claims", "tables")
    study.table("claims.csv").write_text(as_csv(found))
    study.table("claims.rst").write_text(as_rst(found))
    for paper, every in found.items():
        counts = Counter(one.verdict for one in every)
        print(f"{paper.TITLE}: " + ", ".join(f"{counts[word]} {word}" for word in WORDS))


if __name__ == "__main__":
    main()
