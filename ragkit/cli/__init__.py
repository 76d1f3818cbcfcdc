"""The command line: `ragkit index`, `ragkit ask`, ..."""

from ragkit.cli.app import main

__all__ = ["main"]
