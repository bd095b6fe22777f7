"""Facts about a user and an item, and whether a text keeps to them."""
