"""A graph-native recommender: a heterogeneous GNN over the users, items and knowledge in Neo4j."""
