"""Trains encoders, and searches for their settings."""
