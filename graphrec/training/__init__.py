"""From a training graph to a run: the loop, and what validation chooses."""
