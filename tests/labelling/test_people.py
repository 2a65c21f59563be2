"""Four people label one file at once: skips, undos, leases that end, answers that get lost."""

import time

import pytest

from skal.labelling import Store
from tests.labelling.people import Hurried, label_by_four


@pytest.mark.slow
@pytest.mark.parametrize("overlap", [1, 2])
@pytest.mark.parametrize("hurried", [False, True])
def test_four_people_and_five_hundred_labels_each(tmp_path, overlap, hurried):
    path = tmp_path / "rows.csv"
    rows = 2000 // overlap
    path.write_text("text\n" + "".join(f"row {i}\n" for i in range(rows)))
    clock = Hurried() if hurried else time.time
    options = {"classes": ["a", "b"], "overlap": overlap, "seed": 0, "audit_reserve": 0}
    with Store.create(path, **options, clock=clock) as store:
        label_by_four([store], rows, overlap, hurried)
