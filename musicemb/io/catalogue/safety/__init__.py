"""Protects the catalogue: detects replacement while it is open, allows one writer, makes copies, checks and repairs."""
