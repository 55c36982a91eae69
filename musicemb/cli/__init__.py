"""click and rich live here and nowhere else: one file per family of commands."""
