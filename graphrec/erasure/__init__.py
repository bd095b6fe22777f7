"""A person removed: from the graph, from what is published, from the run directories; and proof that nothing is left.

Neo4j comes first, so that readers see nothing of them at once, then the files, a run at a time. In each place the key
goes last: by it, what an interruption left is found again. What weights have learned stays until they are trained anew.
"""
