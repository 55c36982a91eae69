"""Scans, watches and checks a library."""
