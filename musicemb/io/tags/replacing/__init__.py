"""A file's next version: bytes spliced into a copy, the copy in its place, and the way back."""
