"""Tempo, key and loudness of a track."""
