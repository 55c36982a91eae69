"""Nearest neighbours, projections and hubness reduction."""
