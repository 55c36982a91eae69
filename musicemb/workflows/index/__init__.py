"""The index of a large library, and the queries that it answers."""
