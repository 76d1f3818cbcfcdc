"""Tuning: models that ragkit trains itself, each by one committed command."""
