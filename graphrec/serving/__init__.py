"""Neo4j and a run → answers: recommendations, similar items, explanations, search."""
