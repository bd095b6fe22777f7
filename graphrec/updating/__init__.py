"""Bring a run up to date with its graph, without training.

Changes are found by comparing the graph with what the run stores: users with another profile, items that are new or
have other content or knowledge. Only these get new vectors: users by fold-in from their current interactions
(:mod:`graphrec.model.user_encoder`), items by the trained weights from their content, knowledge and users. Everything
else stays bit-identical.
"""
