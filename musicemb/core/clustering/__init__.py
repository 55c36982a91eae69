"""Clusters of vectors: HDBSCAN, its settings, names and families."""
