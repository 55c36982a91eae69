"""OpenSubsonic's API: similar songs, paths, search and playing."""
