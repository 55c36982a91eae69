"""Authentication of requests: user and password, user and salted token, or an API key alone."""

from __future__ import annotations

from musicemb.server.credentials import Credentials
from musicemb.server.opensubsonic.envelope import SubsonicError
from musicemb.server.requests import Parameters


def check_protocol(parameters: Parameters) -> None:
    """Refuse a client that does not give its name, or uses an incompatible protocol version.

    Parameters
    ----------
    parameters : Parameters
        "v" and "c".

    Raises
    ------
    SubsonicError
    """
    for name in ("v", "c"):
        if not parameters.get(name):
            raise SubsonicError(10, f"Required parameter is missing: {name}")
    major = parameters.get("v").partition(".")[0]
    if not (major.isascii() and major.isdecimal() and len(major) < 9):
        raise SubsonicError(0, "The protocol version v is not a version")
    if int(major) < 1:
        raise SubsonicError(20, "Incompatible Subsonic REST protocol version. Client must upgrade.")
    if int(major) > 1:
        raise SubsonicError(30, "Incompatible Subsonic REST protocol version. Server must upgrade.")


def check_credentials(parameters: Parameters, credentials: Credentials, *, header: str = "") -> None:
    """Refuse a client that does not know the secret.

    Parameters
    ----------
    parameters : Parameters
        "apiKey", or "u" with "p", or "u" with "t" and "s".
    credentials : Credentials
        Where they need no secret, everybody may.
    header : str
        Of authorization; a bearer token serves as well as a key.

    Raises
    ------
    SubsonicError
        10 where something is missing, 40 where name or password are wrong, 43 where two ways are mixed, 44 where the
        key is wrong.
    """
    if not credentials.needed:
        return
    key, user, password = (parameters.get(name) for name in ("apiKey", "u", "p"))
    token, salt = parameters.get("t"), parameters.get("s")
    if key:
        if user or password or token or salt:
            raise SubsonicError(43, "Multiple conflicting authentication mechanisms provided")
        if not credentials.is_secret(key):
            raise SubsonicError(44, "Invalid API key")
        return
    if header and not user:
        if not credentials.is_header(header):
            raise SubsonicError(44, "Invalid token")
        return
    if not user:
        raise SubsonicError(10, "Required parameter is missing: u, or apiKey")
    if password and (token or salt):
        raise SubsonicError(43, "Multiple conflicting authentication mechanisms provided")
    if password:
        right = credentials.is_user(user, _clear(password))
    elif token and salt:
        right = credentials.is_salted(user, token, salt)
    else:
        raise SubsonicError(10, f"Required parameter is missing: {'s' if token else 't' if salt else 'p, or t and s'}")
    if not right:
        raise SubsonicError(40, "Wrong username or password")


def _clear(password: str) -> str:
    """A password as typed; ``enc:`` marks one in hexadecimal digits."""
    if password.startswith("enc:"):
        try:
            return bytes.fromhex(password.removeprefix("enc:")).decode("utf-8")
        except ValueError:
            return password
    return password
