"""Posts and reviews as behaviour with a sign and a strength, and trends in them."""
