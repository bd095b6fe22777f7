"""Personal copy: texts about an item for a user, from facts."""
