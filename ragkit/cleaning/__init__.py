"""Cleaners improve a document's text and keep the way back to its source."""

from ragkit.cleaning.characters import CharactersCleaner, CharactersConfig
from ragkit.cleaning.edits import Edit, apply_edits
from ragkit.cleaning.furniture import FurnitureCleaner, FurnitureConfig
from ragkit.cleaning.hyphens import HyphensCleaner, HyphensConfig
from ragkit.cleaning.lines import LinesCleaner, LinesConfig
from ragkit.stages import Cleaner

__all__ = [
    "CLEANING_VERSION",
    "CharactersCleaner",
    "CharactersConfig",
    "Edit",
    "FurnitureCleaner",
    "FurnitureConfig",
    "HyphensCleaner",
    "HyphensConfig",
    "LinesCleaner",
    "LinesConfig",
    "apply_edits",
    "default_cleaners",
]

CLEANING_VERSION = "cleaning-2"
"""Identity for the index: changes whenever loaders or cleaners would give other text."""


def default_cleaners() -> tuple[Cleaner, ...]:
    """All cleaners in the order that they need: whole words before lines, plain characters last."""
    return (FurnitureCleaner(), HyphensCleaner(), LinesCleaner(), CharactersCleaner())
