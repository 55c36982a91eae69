"""What a fresh Python has loaded once it has run some code."""

from __future__ import annotations

import json
import subprocess
import sys


def loaded_by(code: str, *, modules: bool = False) -> set[str]:
    """Top-level names of the modules (or all of their names) that a fresh Python has loaded once `code` has run."""
    report = "import json, sys; print('MODULES' + json.dumps(sorted(sys.modules)))"
    finished = subprocess.run(
        [sys.executable, "-c", f"{code}\n{report}"], capture_output=True, text=True, timeout=60, check=True
    )
    loaded = json.loads(finished.stdout.partition("MODULES")[2])
    return set(loaded) if modules else {name.split(".")[0] for name in loaded}
