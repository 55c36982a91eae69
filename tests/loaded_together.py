"""Which test files xdist keeps on one worker, and which it begins with."""

from __future__ import annotations

TOGETHER = {
    "sources": ("test_architecture.py", "test_docstrings.py", "test_markers.py", "test_mirror.py"),
    "librosa": ("core/evaluation/test_baselines.py", "core/signal/test_features.py", "core/signal/test_mel_filters.py"),
    "converted": (
        "encoder/runtime/test_litert.py",
        "encoder/runtime/test_litert_session.py",
        "encoder/test_convert.py",
        "encoder/test_quantise.py",
    ),
    "chromium": ("server/site/test_chromium.py", "web/test_chromium.py"),
    "matplotlib": (
        "cli/commands/test_map.py",
        "io/output/test_charts.py",
        "io/output/test_map_image.py",
        "workflows/evaluation/test_report_charts.py",
    ),
}
"""Files that load a library, parse all sources, drive a browser or have a bundle converted, which takes a second or
more: once is enough for all of them."""

FIRST = (
    "workflows/evaluation/test_evaluate.py",
    "workflows/evaluation/test_sound_events.py",
    "workflows/embedding/test_segment_vectors.py",
    "workflows/library/test_scan.py",
    "workflows/tagging/test_undo.py",
    "workflows/similarity/test_similar.py",
    "workflows/clustering/test_cluster.py",
)
"""Files of seconds whose names come late: were one of them the last, the other workers would wait for it."""
