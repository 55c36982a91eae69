"""MPD: queue what sounds alike, keep the queue filled, publish what is known as stickers."""
