"""Paths, orders, alignment and text matching for similarity searches."""
