"""The file of the index beside a large catalogue."""
