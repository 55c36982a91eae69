"""What the commands do, for programs that use musicemb without them: `Library`. A server imports nothing else.

Everything heavy is imported inside the methods, so that to import this costs nothing.
"""

from __future__ import annotations

from musicemb.library.library import Library

__all__ = ["Library"]
