"""Optional libraries (pip's extras): whether they are installed, and the command that installs them.

Code that needs one calls `require` before it reads, downloads or decodes anything, so that nobody waits for an error.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shlex
import sys
from pathlib import Path

from musicemb.errors import MissingExtra, MusicembError

PACKAGES = {
    "tensorflow": ("TensorFlow", "train"),
    "keras": ("Keras", "train"),
    "optuna": ("Optuna", "train"),
    "tensorboard": ("TensorBoard", "train"),
    "onnx": ("ONNX", "train"),
    "onnxruntime": ("ONNX Runtime", "onnx"),
    "matplotlib": ("Matplotlib", "charts"),
    "pyarrow": ("PyArrow", "parquet"),
    "starlette": ("Starlette", "serve"),
    "uvicorn": ("uvicorn", "serve"),
    "mpd": ("python-mpd2", "mpd"),
    "watchfiles": ("watchfiles", "watch"),
    "distributed": ("Dask", "dask"),
}
"""Module -> its name for people, and the extra of pyproject.toml that installs it."""

_BACKENDS = {"jax": "JAX", "torch": "PyTorch"}
"""What Keras can run on beside TensorFlow, which is ours."""


def is_installed(module: str) -> bool:
    """Whether a top-level module could be imported; this does not import it.

    Parameters
    ----------
    module : str

    Returns
    -------
    bool
    """
    try:
        return importlib.util.find_spec(module) is not None
    except ValueError:  # None, or something without a spec, stands in sys.modules
        return sys.modules.get(module) is not None


def require(what: str, *modules: str) -> None:
    """Raise an error if an optional library is missing.

    Parameters
    ----------
    what : str
        What needs it, as the sentence begins ("retrain", "map --png").
    *modules : str
        Keys of `PACKAGES`.

    Raises
    ------
    MissingExtra
        "retrain needs TensorFlow: PYTHON -m pip install 'SOURCE[train]'", of the first that is missing.
    """
    for module in modules:
        if not is_installed(module):
            title, extra = PACKAGES[module]
            raise MissingExtra(f"{what} needs {title}: {install_command(extra)}")


def require_keras(what: str) -> None:
    """`require` Keras and its backend: TensorFlow, unless its settings say JAX or PyTorch.

    Parameters
    ----------
    what : str

    Raises
    ------
    MissingExtra
    MusicembError
        Where Keras is set to run on another library that is not here, which is no extra of ours.
    """
    backend = _keras_backend()
    if backend not in _BACKENDS:
        require(what, "tensorflow", "keras")
        return
    require(what, "keras")
    if not is_installed(backend):
        raise MusicembError(
            f"{what} needs {_BACKENDS[backend]}, since Keras is set to run on it: install it, or set KERAS_BACKEND to "
            "tensorflow, jax or torch, whichever is installed"
        )


def install_command(extra: str) -> str:
    """The command that adds an extra to this installation.

    Parameters
    ----------
    extra : str
        Its name in pyproject.toml.

    Returns
    -------
    str
        Quoted for a shell. It names the checkout, wheel or address that this installation came from (PEP 610); where
        that is gone, what the extra consists of.
    """
    pip = [sys.executable, "-m", "pip", "install"]
    if not is_installed("pip"):  # such as uv's environments
        pip = ["uv", "pip", "install", "--python", sys.executable]
    return " ".join(_quoted(word) for word in [*pip, *_sources(extra)])


def _sources(extra: str) -> list[str]:
    from importlib.metadata import PackageNotFoundError, distribution
    from urllib.parse import urlsplit
    from urllib.request import url2pathname  # loads HTTP and SSL: not at every start of a command

    folder = Path(__file__).resolve().parents[1]
    if _is_project(folder):  # an editable installation, or a checkout on the path
        return ["-e", f"{folder}[{extra}]"]
    try:
        found = distribution("musicemb")
    except PackageNotFoundError:
        return [f"musicemb[{extra}]"]
    try:
        origin = json.loads(found.read_text("direct_url.json") or "{}")
    except ValueError:
        origin = {}
    address = origin.get("url", "")
    if not address:  # from an index
        return [f"musicemb[{extra}]=={found.version}"]
    if not address.startswith("file:"):
        vcs = origin.get("vcs_info", {})
        whole = f"{vcs['vcs']}+{address}@{vcs['commit_id']}" if vcs else address
        return [f"musicemb[{extra}] @ {whole}"]
    parts = urlsplit(address)
    share = f"\\\\{parts.netloc}" if os.name == "nt" and parts.netloc else ""  # a Windows share
    place = Path(url2pathname(share + parts.path))
    if place.is_file() or _is_project(place):
        return [f"{place}[{extra}]"]
    return _requirements(found.requires or [], extra)


def _is_project(folder: Path) -> bool:
    try:
        return 'name = "musicemb"' in (folder / "pyproject.toml").read_text(encoding="utf-8")
    except (OSError, ValueError):
        return False


def _requirements(stated: list[str], extra: str) -> list[str]:
    """The requirements of an extra, from the metadata of the installation."""
    found: list[str] = []
    for line in stated:
        requirement, _, marker = (part.strip() for part in line.partition(";"))
        if not re.search(rf"extra == ['\"]{re.escape(extra)}['\"]", marker):
            continue
        within = re.fullmatch(r"musicemb\[([\w, -]+)\]", requirement)
        for name in within.group(1).split(",") if within else ():
            found += _requirements(stated, name.strip())
        if not within:
            found.append(requirement.replace(" ", ""))
    return list(dict.fromkeys(found))


def _keras_backend() -> str:
    """The backend that Keras will choose: from its environment variable, else from its settings file."""
    named = os.environ.get("KERAS_BACKEND")
    if named is not None:
        return named
    home = Path(os.environ.get("KERAS_HOME") or Path("~/.keras").expanduser())
    try:
        return str(json.loads((home / "keras.json").read_text(encoding="utf-8"))["backend"])
    except (OSError, ValueError, KeyError, TypeError):
        return "tensorflow"


def _quoted(word: str) -> str:
    if os.name == "posix":
        return shlex.quote(word)
    return f'"{word}"' if not word or set(word) & set(" &^()'<>|[]") else word
