"""What an environment weighs, by package: PYTHON tests/benchmarks/core_size.py [LIMIT]

PYTHON is that of the environment; LIMIT in MB (1,000,000 bytes), beyond which it ends with 1. pip and setuptools, which
every environment has, are not counted. Bytes of files, compiled modules included; `du` counts whole blocks, 4 % more.
"""

from __future__ import annotations

import collections
import sys
import sysconfig
from pathlib import Path

WITHOUT = ("pip", "setuptools", "pkg_resources", "_distutils_hack", "distutils-precedence")
MB = 1_000_000


def sizes(folder: Path) -> collections.Counter[str]:
    """Bytes of each top-level entry of a folder of packages; libraries and metadata are counted to their package."""
    found: collections.Counter[str] = collections.Counter()
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            top = path.relative_to(folder).parts[0]
            name = top.removesuffix(".libs").removesuffix(".dist-info").removesuffix(".pth").partition("-")[0]
            found[name] += path.stat().st_size
    for name in WITHOUT:
        del found[name]
    return found


def main() -> None:
    """Print the largest, and the sum."""
    found = sizes(Path(sysconfig.get_path("purelib")))
    total = found.total() / MB
    for name, size in found.most_common(16):
        print(f"{size / MB:7.1f} MB  {name}")
    print(f"{total:7.1f} MB  in all, without pip and setuptools")
    if len(sys.argv) > 1 and total > float(sys.argv[1]):
        sys.exit(f"more than {sys.argv[1]} MB: see ARCHITECTURE.md, What a core installation weighs")


if __name__ == "__main__":
    main()
