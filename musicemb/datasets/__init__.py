"""Readers that turn a dataset's folders into examples: file, label, group and split."""
