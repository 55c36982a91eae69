"""Keeps the catalogue from being lost: watched while it is open, held by one writer, copied, checked, salvaged."""
