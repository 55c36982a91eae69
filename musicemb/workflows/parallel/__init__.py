"""Executors, which apply a function to many items in processes or on a cluster."""
