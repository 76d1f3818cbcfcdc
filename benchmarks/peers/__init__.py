"""The same work done by ragkit and by other frameworks, side by side in one run."""
