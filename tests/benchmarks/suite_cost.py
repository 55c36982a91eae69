"""What the tests cost, in seconds of CPU of this process and those that it started: by file, function and fixture.

CPU and not the clock, so that a busy machine gives the same picture. In one process, without xdist:

    python tests/benchmarks/suite_cost.py -m "not keras and not processes and not browser"
    python tests/benchmarks/suite_cost.py tests/io
"""

from __future__ import annotations

import resource
import sys
import time
from collections import Counter
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

LISTED = 15
ROOT = Path(__file__).parents[2]


def cpu() -> float:
    """Seconds so far; of processes, those that have ended and were waited for."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime


class Costs:
    """A plugin of pytest that adds up."""

    def __init__(self) -> None:
        self.sums: dict[str, Counter[str]] = {
            what: Counter() for what in ("phase", "file", "function", "fixture", "import")
        }
        self.tests = 0

    def _add(self, what: str, name: str, began: float) -> None:
        self.sums[what][name] += cpu() - began  # type: ignore[assignment]

    def _phase(self, phase: str, item: pytest.Item) -> Generator[None, Any, Any]:
        began = cpu()
        try:
            return (yield)
        finally:
            self._add("phase", phase, began)
            self._add("file", item.nodeid.partition("::")[0], began)
            self._add("function", item.nodeid.partition("[")[0], began)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, Any, Any]:
        return (yield from self._phase("setup", item))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        self.tests += 1
        return (yield from self._phase("call", item))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, Any, Any]:
        return (yield from self._phase("teardown", item))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Generator[None, Any, Any]:
        began = cpu()
        try:
            return (yield)
        finally:
            self._add("fixture", f"{fixturedef.argname} of {fixturedef.baseid or 'pytest'}", began)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Generator[None, Any, Any]:
        began = cpu()
        try:
            return (yield)
        finally:
            if collector.nodeid.endswith(".py"):
                self._add("import", collector.nodeid, began)

    def tell(self) -> None:
        """Print the tables."""
        print(
            f"\n{self.tests} tests, {cpu():.0f} s of CPU, {sum(self.sums['import'].values()):.0f} of it to import them"
        )
        for what, sums in self.sums.items():
            print(f"\n{what}: {sum(sums.values()):.1f} s")
            for name, seconds in sums.most_common(LISTED):
                print(f"{seconds:8.2f}  {name}")


def main() -> int:
    """Run pytest with what was typed."""
    costs = Costs()
    status = pytest.main(["-p", "no:cacheprovider", "-p", "no:xdist", "--rootdir", str(ROOT), *sys.argv[1:]], [costs])
    costs.tell()
    return int(status)


if __name__ == "__main__":
    raise SystemExit(main())
