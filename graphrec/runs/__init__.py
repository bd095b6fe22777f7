"""What a run directory holds, and runs found by name."""
