"""Reading parts of a file: resampling selected ranges, seeking to excerpts, skipping tags."""
