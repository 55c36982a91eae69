"""Decoding, tags, catalogue and playlists: all that touches a user's disk."""
