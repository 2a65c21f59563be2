"""May I stop?  Rules that advise a learner to go on or to stop, with the reason.

Each is a small object with parameters: ``rule.advise(learner)``.  They read the rows that a learner
with ``audit=`` draws at random; :func:`skal.experiments.compare` replays them (``stopping=``).
"""

from skal.stopping.advice import Advice
from skal.stopping.agreement import Agreement
from skal.stopping.plateau import Plateau
from skal.stopping.rule import StoppingRule
from skal.stopping.worth import Worth

__all__ = ["Advice", "Agreement", "Plateau", "StoppingRule", "Worth"]
