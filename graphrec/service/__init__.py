"""The service: recommendations over HTTP, feedback into the graph, a page to look at and to run it by."""
