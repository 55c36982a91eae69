"""Reads tags, and edits them as bytes."""
