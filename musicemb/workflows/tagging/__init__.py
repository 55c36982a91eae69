"""Writes genres and values to tags, with a journal, and undoes it."""
