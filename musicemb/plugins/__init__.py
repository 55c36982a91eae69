"""Plugins for other programs, built on `musicemb.Library` only."""
