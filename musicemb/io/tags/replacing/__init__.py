"""New versions of files: splices bytes into a copy, replaces the file by it, and can go back."""
