"""Comparisons and searches around a run: baselines, ablations, tuning, reports."""
