"""Media servers beside the library: whose tracks are whose."""
