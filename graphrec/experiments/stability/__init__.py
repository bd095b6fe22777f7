"""Whether a run's lists stay when what should not matter changes: order, seed, a modality, a few behaviours."""
