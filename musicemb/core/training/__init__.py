"""Batches, augmentation and targets for training."""
