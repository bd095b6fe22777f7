"""Poison recommenders in memory: how far fake profiles push an item, and what a detector and defences do about it."""
