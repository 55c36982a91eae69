"""What an encoder hears besides genres: moods, instruments, voice, era; taught by published taggers."""
