"""Guesses genres, and explains the guesses."""
