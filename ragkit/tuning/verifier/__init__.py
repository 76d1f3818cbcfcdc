"""Trains the verifier `trained`: data, network, loop, export, calibration.

Nothing is imported here: the parts need torch, which only who trains has.
"""
