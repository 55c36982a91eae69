"""Export of tables for other programs, and import of genres from tables."""
