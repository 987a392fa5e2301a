"""How fast files are fixed, beside LibCST's RenameCommand on the same files, in one process.

    python -m benchmarks.fix_speed
    python -m benchmarks.fix_speed --tree DIR --config 'extend=["pack:NAME"]' --unsafe

Four ways to change the same files, from bytes to bytes, medians of some runs:

- `planned`: what a fix does to the files: parse, rewrite, parse again and compare both syntax trees;
- `repair`: all of it, the rules run again over the whole project as it would be, until there is nothing to fix;
- `LibCST rename`: `RenameCommand` through LibCST's own API, one rename a file;
- `LibCST round trip`: parse a file and write it, the least that any codemod of LibCST takes.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import pstats
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import libcst
from libcst.codemod import CodemodContext
from libcst.codemod.commands.rename import RenameCommand

from ssot_lint.engine.checking import check_index, chosen_rules
from ssot_lint.engine.indexing import index
from ssot_lint.engine.options import Options
from ssot_lint.engine.repairing import Wanted, repair
from ssot_lint.fixing.plan import Planner
from ssot_lint.model.fix import RebindImport
from ssot_lint.workspace.line_length import LineLengths
from ssot_lint.workspace.sources import read_source

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ssot_lint.engine.checking import Checked
    from ssot_lint.model.fix import Intent

GOAL = 20
POLICY = 'select = ["SSOT201"]\n\n[[moved]]\nfrom = "acme.old.cart:Cart"\nto = "acme.new.cart:Cart"\n'
IMPORTS = (
    "from acme.old.cart import Cart",
    "from acme.old.cart import Cart as ShopCart",
    "from acme.old.cart import (\n    Bag,\n    Cart,  # the one\n)",
    "from acme.old.cart import Bag, Cart",
)
FUNCTION = '''
def step_{number}(items: list[int], *, limit: int = {number}, name: str = "step") -> dict[str, object]:
    """Do what step {number} has to do."""
    found: dict[str, object] = {{}}
    for position, item in enumerate(items):
        if item > limit and position % 2 == 0:
            found[f"{{name}}-{{position}}"] = [one for one in range(item) if one != limit]
        elif not item:
            logger.warning("nothing at %s in %s", position, name)
            continue
        else:
            found.setdefault(name, {{"item": item, "state": (position, limit)}})
    return found
'''


class Job(NamedTuple):
    """The files to change, and how: by our fixes, and by one rename a file."""

    checked: Checked
    options: Options
    wanted: Wanted
    fixes: dict[int, Sequence[Intent]]
    sources: dict[str, bytes]
    renames: dict[str, tuple[str, str]]

    @property
    def megabytes(self) -> float:
        """The size of the files that change."""
        return sum(map(len, self.sources.values())) / 1e6


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tree", type=Path, help="a project to take instead of a generated one; it is only read")
    parser.add_argument("--config", action="append", default=[], metavar="KEY=VALUE", help="a key of its policy")
    parser.add_argument("--unsafe", action="store_true", help="the unsafe fixes, too")
    parser.add_argument("--files", type=int, default=40, help="how many files are generated (default: 40)")
    parser.add_argument("--most", type=int, default=60, help="how many files of the tree are taken (default: 60)")
    parser.add_argument("--runs", type=int, default=5, help="how often each way is measured (default: 5)")
    parser.add_argument("--profile", action="store_true", help="print where the time of `planned` goes")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = given.tree or generated(Path(folder), given.files)
        job = prepared(root.resolve(), tuple(given.config), given.most, unsafe=given.unsafe)
        if given.profile:
            with cProfile.Profile() as profile:
                planned(job)
            pstats.Stats(profile, stream=sys.stdout).sort_stats("tottime").print_stats(30)
        ways: dict[str, Callable[[Job], int]] = {
            "planned": planned,
            "repair": repaired,
            "LibCST rename": renamed,
            "LibCST round trip": round_trip,
        }
        print_table(job, {name: measured(way, job, given.runs) for name, way in ways.items()})


def generated(root: Path, count: int) -> Path:
    """Write a project whose files import a name from where it was."""
    (root / ".git").mkdir()
    modules = {
        "__init__": "",
        "old/__init__": "",
        "new/__init__": "",
        "impl": "class Cart:\n    pass\n\n\nclass Bag:\n    pass\n",
    }
    modules |= dict.fromkeys(("old/cart", "new/cart"), "from acme.impl import Bag, Cart\n")
    for number in range(count):
        start = f'"""Module {number}."""\n\nimport logging\nimport os\n\n{IMPORTS[number % len(IMPORTS)]}\n'
        body = "".join(FUNCTION.format(number=one) for one in range(5 + number % 30))
        uses = "Cart" if "ShopCart" not in start else "ShopCart"
        modules[f"use_{number}"] = f"{start}\nlogger = logging.getLogger(os.sep)\n\n{body}\n\nFIRST = {uses}()\n"
    for name, text in modules.items():
        path = root / "acme" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (root / "ssot.toml").write_text(POLICY, encoding="utf-8")
    return root


def prepared(root: Path, overrides: tuple[str, ...], most: int, *, unsafe: bool) -> Job:
    """Check the project, and find out which files its fixes change."""
    options = Options(start=root, root=root, overrides=overrides)
    whole = index(options)
    checked = check_index(whole, chosen_rules(options, whole.loaded.policy))
    applicable = ("safe", "unsafe") if unsafe else ("safe",)
    remedies = [one.remedy for one in checked.settled() if one.remedy is not None and not one.suppressed]
    intents = dict.fromkeys(one.intents for one in remedies if one.applicability in applicable and one.intents)
    taken = sorted({one.path for some in intents for one in some})[:most]
    chosen = [some for some in intents if {one.path for one in some} <= set(taken)]
    fixes: dict[int, Sequence[Intent]] = dict(enumerate(chosen))
    plan = planner(checked, {}).plan(fixes)
    fixes = {number: fixes[number] for number in sorted(plan.fixes)}
    sources = {path: file.before for path, file in plan.files.items() if file.after is not None}
    renames = {}
    for some in fixes.values():
        for one in some:
            if isinstance(one, RebindImport) and one.name and one.path in sources and one.path not in renames:
                renames[one.path] = address_of(checked, one), f"{one.module}.{one.name}"
    sources = {path: data for path, data in sources.items() if path in renames}
    fixes = {number: some for number, some in fixes.items() if {one.path for one in some} <= sources.keys()}
    return Job(checked, options, Wanted(unsafe=unsafe), fixes, sources, renames)


def address_of(checked: Checked, intent: RebindImport) -> str:
    """Return what an import takes today."""
    file = checked.whole.project.by_path[intent.path]
    one = next(one for one in file.facts.imports if one.at.line == intent.at.line and one.at.column == intent.at.column)
    return f"{checked.whole.project.index.absolute(file, one)}.{one.name}"


def planner(checked: Checked, sources: dict[str, bytes]) -> Planner:
    """Return one that has read nothing yet; it takes the files from memory where they are known."""
    root = checked.whole.root

    def read(path: str) -> bytes:
        return sources.get(path) or read_source(root, path)

    return Planner(checked.whole.project, read, LineLengths(root).of)


def planned(job: Job) -> int:
    """Plan the files; return how many changed."""
    return len(planner(job.checked, job.sources).plan(job.fixes).files)


def repaired(job: Job) -> int:
    """Make all fixes of the project in memory."""
    return len(repair(job.options, job.checked, job.wanted).paths)


def renamed(job: Job) -> int:
    """Rename in every file by LibCST."""
    changed = 0
    for path, data in job.sources.items():
        old, new = job.renames[path]
        text = data.decode()
        command = RenameCommand(CodemodContext(filename=path), old_name=old, new_name=new)
        changed += command.transform_module(libcst.parse_module(text)).code != text
    return changed


def round_trip(job: Job) -> int:
    """Parse every file by LibCST, and write it again."""
    return sum(libcst.parse_module(data.decode()).code.encode() != data for data in job.sources.values())


def measured(way: Callable[[Job], int], job: Job, runs: int) -> tuple[float, int]:
    """Return the median of the seconds, and how many files changed."""
    seconds = []
    changed = 0
    for _ in range(runs):
        gc.collect()
        start = time.perf_counter()
        changed = way(job)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds), changed


def print_table(job: Job, results: dict[str, tuple[float, int]]) -> None:
    """Print how long each way takes, and how much faster it is than LibCST's rename."""
    size = job.megabytes
    theirs = results["LibCST rename"][0]
    lines = [f"{len(job.sources)} files, {size:.2f} MB, {len(job.fixes)} fixes; goal: {GOAL} times LibCST's rename", ""]
    lines.append(f"{'way':20}{'seconds':>10}{'ms/file':>10}{'MB/s':>10}{'changed':>10}{'ratio':>10}")
    for name, (seconds, changed) in results.items():
        each = 1000 * seconds / len(job.sources)
        ratio = theirs / seconds
        lines.append(f"{name:20}{seconds:10.3f}{each:10.2f}{size / seconds:10.2f}{changed:10}{ratio:9.1f}x")
    sys.stdout.write("\n".join([*lines, ""]))


if __name__ == "__main__":
    main()
