"""Finds every tag of a file and reads its texts, with memory that does not hang on the file."""
