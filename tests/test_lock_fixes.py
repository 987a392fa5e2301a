"""The fix of a window: what it says, when it names a lock that is there, and that it keeps tasks and threads out."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import CommandLine, Project

LAZY = """\
class Bus:
    made = 0

    def __init__(self):
        Bus.made += 1


_bus = None
"""
THREADS = """

def get_bus():
    global _bus
    if _bus is None:
        wait()
        _bus = Bus()
    return _bus
"""
TASKS = """

async def made():
    await asyncio.sleep(0)
    return Bus()


async def get_bus():
    global _bus
    if _bus is None:
        _bus = await made()
    return _bus
"""


def fix_of(cli: CommandLine, root: Path) -> dict[str, Any]:
    said = cli("--select", "SSOT306", "--no-cache", "--output-format", "json", cwd=root)
    (finding,) = json.loads(said.out)["findings"]
    fix: dict[str, Any] = finding["fix"]
    return fix


def fixed(cli: CommandLine, root: Path) -> dict[str, Any]:
    """Fix the module, and return what it binds when it runs."""
    cli("--select", "SSOT306", "--no-cache", "--fix", "--unsafe-fixes", cwd=root)
    found: dict[str, Any] = {"wait": lambda: time.sleep(0.01)}
    exec(compile((root / "bus.py").read_text(), "bus.py", "exec"), found)  # noqa: S102 - the module is written here
    return found


@pytest.mark.parametrize(
    ("there", "title"),
    [
        ("", "hold a new threading.Lock around the test and the assignment"),
        ("_lock = threading.Lock()\n", "hold _lock (line 12) around the test and the assignment"),
        ("BUS_LOCK = threading.RLock()\n", "hold BUS_LOCK (line 12) around the test and the assignment"),
        ("_till_lock = threading.Lock()\n", "hold a new threading.Lock around the test and the assignment"),
        ("_bus_lock = asyncio.Lock()\n", "hold a new threading.Lock around the test and the assignment"),
    ],
)
def test_a_lock_that_is_there_is_named(project: Project, cli: CommandLine, there: str, title: str) -> None:
    root = project({"bus.py": f"import asyncio\nimport threading\n\n{LAZY}{there}{THREADS}"})
    fix = fix_of(cli, root)
    assert fix["title"] == title
    assert fix["applicability"] == ("unsafe" if "new" in title else "display")


def test_the_reason_says_what_is_not_known(project: Project, cli: CommandLine) -> None:
    fix = fix_of(cli, project({"bus.py": f"import asyncio\n\n\n{LAZY}{TASKS}"}))
    assert fix["applicability"] == "unsafe"
    assert "one event loop only" in fix["reason"]


def test_threads_that_come_at_once_make_one(project: Project, cli: CommandLine) -> None:
    module = fixed(cli, project({"bus.py": LAZY + THREADS}))
    threads = [threading.Thread(target=module["get_bus"]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert module["Bus"].made == 1


def test_tasks_that_come_at_once_make_one(project: Project, cli: CommandLine) -> None:
    module = fixed(cli, project({"bus.py": f"import asyncio\n\n\n{LAZY}{TASKS}"}))

    async def come() -> None:
        await asyncio.gather(*(module["get_bus"]() for _ in range(8)))

    asyncio.run(come())
    assert module["Bus"].made == 1
