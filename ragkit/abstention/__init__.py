"""Abstention: whether the passages answer, decided before anything is written."""

from ragkit.abstention.calibrated import CalibratedConfig, CalibratedGate
from ragkit.abstention.never import NeverConfig, NeverGate

__all__ = ["CalibratedConfig", "CalibratedGate", "NeverConfig", "NeverGate"]
