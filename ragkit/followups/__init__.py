"""Follow-up questions: understood as questions that stand alone."""

from ragkit.followups.keep import KeepConfig, KeepFollowUps
from ragkit.followups.model import ModelConfig, ModelFollowUps
from ragkit.followups.rule import RuleConfig, RuleFollowUps

__all__ = [
    "KeepConfig",
    "KeepFollowUps",
    "ModelConfig",
    "ModelFollowUps",
    "RuleConfig",
    "RuleFollowUps",
]
