"""From samples to the features of segments."""
