"""Tag heads: moods, instruments, voice and era, learned from published taggers."""
