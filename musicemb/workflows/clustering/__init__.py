"""Grouping the tracks of a library, and naming the groups."""
