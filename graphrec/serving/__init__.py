"""Read recommendations, similar items, explanations and search results from Neo4j and a run."""
