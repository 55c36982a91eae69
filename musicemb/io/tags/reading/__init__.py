"""Finds every tag of a file and reads its texts, with memory that does not depend on the file's size."""
