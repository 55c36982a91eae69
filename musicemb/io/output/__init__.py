"""Files that commands write: playlists, tables, reports, pictures."""
