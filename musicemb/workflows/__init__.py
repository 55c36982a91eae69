"""One verb per file; workflows join the rooms below and yield frozen records."""
