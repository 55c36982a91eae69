"""The dialect of OpenSubsonic, as far as similar songs, paths, search and playing go."""
