"""The dialect of AudioMuse's API, which plugins of several media servers speak."""
