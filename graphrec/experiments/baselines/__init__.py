"""Baselines, all tuned the same way: from popularity to LightGCN."""
