"""Every public name opens, and an unknown one is refused as Python does."""

from __future__ import annotations

import pytest

import musicemb


@pytest.mark.parametrize("name", musicemb.__all__)
def test_a_public_name_opens(name: str) -> None:
    assert getattr(musicemb, name)
    assert name in dir(musicemb)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'colour'"):
        musicemb.colour
