"""The catalogue: one SQLite file per library."""
