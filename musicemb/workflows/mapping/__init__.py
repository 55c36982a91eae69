"""The map of a library: positions of tracks, colours, and the words of its search."""
