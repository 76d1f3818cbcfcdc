"""The folder of a training: its record, metrics, checkpoints, curves, page and card; what is told of it."""
