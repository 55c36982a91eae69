"""The encoder: networks, losses, training, bundle and runtime."""
