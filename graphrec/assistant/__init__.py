"""What people say, turned into one of a few typed actions, and its answer."""
