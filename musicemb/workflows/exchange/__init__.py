"""What the library knows, for other programs, and what they know, for the library."""
