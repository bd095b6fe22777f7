"""The journal: who touched people's data, when, by what, and how much. It names nobody whose data was touched."""
