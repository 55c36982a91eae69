"""Which findings of a check are damage."""

from __future__ import annotations

from typing import get_args

import pytest

from musicemb.records import Finding, FindingKind


@pytest.mark.parametrize("kind", get_args(FindingKind))
def test_files_that_are_gone_and_a_stray_log_are_no_damage(kind: FindingKind) -> None:
    assert Finding(kind, "something was found.", "Do this.").damage == (kind not in ("log", "missing", "changed"))
