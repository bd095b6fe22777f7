"""Splits, ranking metrics and reports."""
