"""Remove a user from the graph, the published run and the run directories, and prove it by a search.

Neo4j is first, so that readers see the removal at once; then the files, one run at a time. In each place the key is
removed last, so that an interrupted removal can be resumed. Learned weights stay until the next training.
"""
