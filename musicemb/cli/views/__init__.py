"""Tables, summaries and dialogues that commands show."""
