"""Encoder bundles on disk, and running them without a training framework."""
