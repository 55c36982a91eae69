"""AudioMuse's API, which plugins of several media servers use."""
