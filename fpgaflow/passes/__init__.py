"""Graph -> Graph, one file a pass."""
