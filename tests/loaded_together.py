"""Which test files xdist keeps on one worker."""

from __future__ import annotations

TOGETHER = {
    "sources": ("test_architecture.py", "test_docstrings.py", "test_markers.py", "test_mirror.py"),
    "librosa": ("core/evaluation/test_baselines.py", "core/signal/test_features.py", "core/signal/test_mel_filters.py"),
    "matplotlib": (
        "cli/commands/test_map.py",
        "io/output/test_charts.py",
        "io/output/test_map_image.py",
        "workflows/evaluation/test_report_charts.py",
    ),
}
"""Files that load a library, or parse all sources, which takes a second or more: once is enough for all of them."""
