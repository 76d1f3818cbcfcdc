"""Texts are mended rule by rule; what each rule did is counted and shown."""

from ragkit.data.cleaning.cleaned import Change, Cleaned, RuleCount, clean_file
from ragkit.data.cleaning.masking import KINDS
from ragkit.data.cleaning.rules import RULES, Rule, chosen_rules

__all__ = ["KINDS", "RULES", "Change", "Cleaned", "Rule", "RuleCount", "chosen_rules", "clean_file"]
