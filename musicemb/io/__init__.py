"""Access to files: decoding, tags, catalogue and playlists."""
