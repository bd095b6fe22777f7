"""What content adds to the recommendations, measured: every training repeated, every difference paired."""
