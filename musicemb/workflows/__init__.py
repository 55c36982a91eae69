"""One verb per file; workflows join the layers below and yield frozen records."""
