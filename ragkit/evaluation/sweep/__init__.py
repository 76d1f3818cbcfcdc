"""Searches the settings of a chain for the best one, and proves it on questions kept aside."""

from ragkit.evaluation.sweep.opening import open_sweep
from ragkit.evaluation.sweep.options import SweepOptions, SweepProgress, SweepStep
from ragkit.evaluation.sweep.results import Effect, SweepResult, TrialRecord, ValueEffect, ranked
from ragkit.evaluation.sweep.running import Sweep
from ragkit.evaluation.sweep.space import Space, parse_space, read_space
from ragkit.evaluation.sweep.trials import Trial
from ragkit.evaluation.sweep.written import chain_yaml, figures, proof, write_best

__all__ = [
    "Effect",
    "Space",
    "Sweep",
    "SweepOptions",
    "SweepProgress",
    "SweepResult",
    "SweepStep",
    "Trial",
    "TrialRecord",
    "ValueEffect",
    "chain_yaml",
    "figures",
    "open_sweep",
    "parse_space",
    "proof",
    "ranked",
    "read_space",
    "write_best",
]
