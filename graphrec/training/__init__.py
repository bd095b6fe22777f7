"""From a training graph to a run: the training loop, and model selection on validation."""
