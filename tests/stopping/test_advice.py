"""What a rule says, as a sentence."""

from skal.stopping import Advice


def test_it_prints_as_a_sentence():
    assert str(Advice(True, "It is good.")) == "Stop. It is good."
    assert str(Advice(False, "It is not.")) == "Go on. It is not."
