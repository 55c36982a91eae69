"""Media servers that are asked for their tracks, and what they said last time."""
