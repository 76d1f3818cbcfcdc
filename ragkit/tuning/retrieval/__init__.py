"""Embedders and rerankers tuned on questions, beside passages that a search finds for them."""
