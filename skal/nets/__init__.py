"""Tools for nets outside the loop: frozen features, pretraining, perturbation, prior thresholds."""

from skal.nets.frozen_features import FrozenFeatures
from skal.nets.perturbations import RotationNoise
from skal.nets.prior_threshold import PriorThreshold
from skal.nets.rotations import pretrain_rotations

__all__ = ["FrozenFeatures", "PriorThreshold", "RotationNoise", "pretrain_rotations"]
