"""Similar tracks, playlists, searches by words and duplicates."""
