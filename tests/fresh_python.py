"""What a fresh Python has loaded once it has run some code."""

from __future__ import annotations

import json
import subprocess
import sys


def loaded_by(code: str) -> set[str]:
    """Top-level names of the modules that are loaded once `code` has run in a fresh Python."""
    report = "import json, sys; print('MODULES' + json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    finished = subprocess.run(
        [sys.executable, "-c", f"{code}\n{report}"], capture_output=True, text=True, timeout=60, check=True
    )
    return set(json.loads(finished.stdout.partition("MODULES")[2]))
