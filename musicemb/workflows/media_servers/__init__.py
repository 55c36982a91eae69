"""Matches tracks of media servers with those of the library."""
