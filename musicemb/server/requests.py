"""Parameters of a request, from the query string and the body; invalid input is refused."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from musicemb.errors import SettingsError

if TYPE_CHECKING:
    from starlette.requests import Request

_MOST_FIELDS = 200
MOST = 500
"""Tracks of one answer."""


class MissingParameter(SettingsError):
    """A required parameter was not sent.

    Parameters
    ----------
    name : str
    """

    def __init__(self, name: str) -> None:
        super().__init__(f"the parameter {name} is missing")
        self.name = name


@dataclass(frozen=True)
class Parameters:
    """Parameters by name; if one was sent twice, the first counts."""

    values: dict[str, str]

    def get(self, name: str, default: str = "") -> str:
        """The text of one.

        Parameters
        ----------
        name : str
        default : str

        Returns
        -------
        str
        """
        return self.values.get(name, default)

    def need(self, name: str) -> str:
        """The text of a required parameter.

        Parameters
        ----------
        name : str

        Returns
        -------
        str

        Raises
        ------
        MissingParameter
            Where it is not, or is empty.
        """
        if not self.values.get(name):
            raise MissingParameter(name)
        return self.values[name]

    def number(self, name: str, default: int, *, least: int = 0, most: int = MOST) -> int:
        """An integer, clipped to its bounds.

        Parameters
        ----------
        name : str
        default : int
        least, most : int

        Returns
        -------
        int

        Raises
        ------
        SettingsError
            For what is no number.
        """
        text = self.values.get(name, "").strip()
        if not text:
            return default
        try:
            found = float(text) if len(text) < 20 else math.nan  # some clients send 10.0
            return min(max(int(found), least), most)
        except (ValueError, OverflowError):
            raise SettingsError(f"{name} is not a whole number: {text[:40]!r}") from None

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A parameter as a truth value.

        Parameters
        ----------
        name : str
        default : bool

        Returns
        -------
        bool
        """
        return self.values.get(name, str(default)).casefold() in ("true", "1", "yes", "on")


async def read_parameters(request: Request) -> Parameters:
    """Read the parameters from the query string and, for a POST, from the form.

    Parameters
    ----------
    request : Request

    Returns
    -------
    Parameters

    Raises
    ------
    SettingsError
        Where there are too many.
    """
    texts = [request.scope.get("query_string", b"")]
    if request.method == "POST" and "json" not in request.headers.get("content-type", ""):
        texts.append(await request.body())
    values: dict[str, str] = {}
    for text in texts:
        try:
            pairs = parse_qsl(text.decode("latin-1"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
        except ValueError:
            raise SettingsError(f"a request has at most {_MOST_FIELDS} parameters") from None
        for name, value in pairs:
            values.setdefault(name, value)
    return Parameters(values)


async def read_json(request: Request) -> dict[str, Any]:
    """Read the JSON object in the body of a POST.

    Parameters
    ----------
    request : Request

    Returns
    -------
    dict
        Empty for an empty body.

    Raises
    ------
    SettingsError
        Where the body is anything else.
    """
    body = await request.body()
    try:
        # The body has at most 64 KB, and Python's reader refuses what is nested too deep.
        found = json.loads(body) if body.strip() else {}
    except (ValueError, RecursionError):
        raise SettingsError("the body of the request is not JSON") from None
    if not isinstance(found, dict):
        raise SettingsError("the body of the request is not a JSON object")
    return found


def scalars(values: dict[str, Any]) -> Parameters:
    """The texts and numbers of a JSON object as parameters.

    Parameters
    ----------
    values : dict

    Returns
    -------
    Parameters
    """
    return Parameters({name: str(value) for name, value in values.items() if isinstance(value, str | int | float)})


def plain_text(text: str) -> str:
    """Text that every client can read: bytes of a path that are not valid text are replaced.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    return text.encode("utf-8", "replace").decode("utf-8")
