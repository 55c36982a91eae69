"""What lives inside other programs, on top of `musicemb.Library` only."""
