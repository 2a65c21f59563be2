"""How long a fit may take, by those before."""

from skal.labelling.model.pace import Pace


def test_people_are_told_by_what_is_usual():
    pace = Pace()
    assert pace.slow_after(None) == 16
    assert pace.slow_after(0.5) == 4
    assert pace.slow_after(30) == 90
    assert pace.slow_after(None, reads=True) == 60


def test_a_fit_is_given_up_by_what_is_usual():
    pace = Pace()
    assert pace.hung_after(None) == 600
    assert pace.hung_after(0.5) == 60
    assert pace.hung_after(10) == 200
    assert pace.hung_after(100) == 600
