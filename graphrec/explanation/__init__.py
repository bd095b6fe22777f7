"""What a score is made of: exact shares, paths in the graph, counterfactuals, and reasons in sentences."""
