"""Fake profiles: attacks that plant them, and a detector that finds them."""
