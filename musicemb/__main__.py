"""``python -m musicemb`` is the command ``musicemb``."""

from musicemb.cli import main

if __name__ == "__main__":
    main()
