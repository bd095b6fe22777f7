"""Put the pseudonyms of a rotated key in the place of the older ones: in the graph, in runs and in other files."""
