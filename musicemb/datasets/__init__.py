"""Folders on disk become (file, label, group, split)."""
