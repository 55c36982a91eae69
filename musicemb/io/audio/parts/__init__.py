"""Hearing parts of a file: resampling what is wanted, seeking to excerpts, passing over tags."""
