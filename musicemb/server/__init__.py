"""Answers players over HTTP: one package per dialect, all of them above `musicemb.library` and nothing below it."""
