"""Pairs of questions and replies that language models are tuned on."""
