"""Measures encoders and genre guesses."""
