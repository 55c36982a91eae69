"""Copies BokehJS from the installed release of bokeh into the package: python tests/golden/bokeh_scripts.py

The map's page is all that we need of Bokeh: 1.4 MB of JavaScript. Its Python, and what that stands on (Pillow, tornado,
narwhals), take 79 MB and were never imported. The release is the one that pyproject.toml names in the test extra.
"""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

PLACE = Path(__file__).parents[2] / "musicemb" / "web" / "bokehjs"


def bokeh_files() -> dict[str, bytes]:
    """Name in our folder -> content of the installed release."""
    bokeh = Path(str(importlib.metadata.distribution("bokeh").locate_file("bokeh")))
    scripts = {name: bokeh / "server" / "static" / "js" / name for name in ("bokeh.min.js", "bokeh-api.min.js")}
    return {name: path.read_bytes() for name, path in {**scripts, "LICENSE.txt": bokeh / "LICENSE.txt"}.items()}


if __name__ == "__main__":
    for name, content in bokeh_files().items():
        (PLACE / name).write_bytes(content)
