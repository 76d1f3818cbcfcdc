"""Applications over the public API of ragkit."""
