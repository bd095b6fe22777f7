"""Baselines, tuned alike: from popularity to LightGCN."""
