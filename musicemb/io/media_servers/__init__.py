"""Fetches the tracks of media servers, and caches them."""
