"""Answers players over HTTP: one room per dialect, all of them above `musicemb.library` and nothing below it."""
