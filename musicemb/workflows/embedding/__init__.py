"""From audio files to vectors and cached features."""
