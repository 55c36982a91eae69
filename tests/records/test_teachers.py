"""How wide a teacher's targets are."""

from __future__ import annotations

import pytest

from musicemb.records import TeacherShape


@pytest.mark.parametrize(("dimensions", "tags", "columns"), [(6, 3, 10), (0, 2, 3), (4, 0, 5)])
def test_columns_are_whether_it_knows_its_vector_and_its_tags(dimensions: int, tags: int, columns: int) -> None:
    assert TeacherShape("t", dimensions, tags).columns == columns
