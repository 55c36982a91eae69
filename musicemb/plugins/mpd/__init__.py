"""MPD: queues similar songs, keeps the queue filled, and publishes stickers."""
