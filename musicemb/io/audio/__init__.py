"""Finds and decodes audio files, and hashes their audio."""
