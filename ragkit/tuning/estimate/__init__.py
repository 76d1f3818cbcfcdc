"""What a run takes before it is started: memory, time, and what to change where it will not fit.

`estimate(Plan(shape=read_shape("13B"), method="lora", hardware=find_hardware("A100-80"))).fits` takes
milliseconds: no torch, only arithmetic.
"""

from ragkit.tuning.estimate.advice import Suggestion
from ragkit.tuning.estimate.arranging import arranged, fewest
from ragkit.tuning.estimate.estimating import Batches, Estimate, Need, estimate, needs
from ragkit.tuning.estimate.hardware import GB, Hardware, find_hardware, known_hardware, this_machine
from ragkit.tuning.estimate.memory import Part
from ragkit.tuning.estimate.plan import ALL_LINEARS, Plan
from ragkit.tuning.estimate.reading import read_shape
from ragkit.tuning.estimate.shapes import ModelShape, find_shape, known_shapes
from ragkit.tuning.estimate.speed import UTILISATION, Speed, probe

__all__ = [
    "ALL_LINEARS",
    "GB",
    "UTILISATION",
    "Batches",
    "Estimate",
    "Hardware",
    "ModelShape",
    "Need",
    "Part",
    "Plan",
    "Speed",
    "Suggestion",
    "arranged",
    "estimate",
    "fewest",
    "find_hardware",
    "find_shape",
    "known_hardware",
    "known_shapes",
    "needs",
    "probe",
    "read_shape",
    "this_machine",
]
