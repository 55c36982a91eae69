"""Training a network: losses, the loop, checkpoints, devices."""
