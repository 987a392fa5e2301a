"""Runs with PATHS make only what is shown of them: the same as the whole run shows of those paths."""

from __future__ import annotations

import dataclasses
import json
import random
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ssot_lint import engine
from ssot_lint.dev.cases import lay_out, read_cases
from ssot_lint.engine.baseline import compare
from ssot_lint.engine.checking import Shown, check_index, chosen_rules
from ssot_lint.model.patterns import is_under
from ssot_lint.workspace.baseline import Baseline
from ssot_lint.workspace.cache import Cache
from ssot_lint.workspace.config import PolicyError
from tests import made_projects
from tests.conftest import SHOP

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssot_lint.model.finding import Finding
    from ssot_lint.model.report import BaselineUse
    from ssot_lint.workspace.baseline_format import Entry
    from tests.conftest import CommandLine, Project

FIXTURES = Path(__file__).parents[1] / "fixtures"
CASES = [*(case.title for case in read_cases(FIXTURES)), "_projects/golden-path"]
EVERY = ("SSOT",)


@pytest.fixture(scope="module")
def fixtures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy all cases, each a project of its own."""
    copy = lay_out(FIXTURES, tmp_path_factory.mktemp("focus") / "fixtures")
    for title in CASES:
        (copy / title / ".git").mkdir()
    return copy


@pytest.fixture(autouse=True)
def _without_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """What git says of renames takes longer than all the rest."""
    monkeypatch.setattr("ssot_lint.engine.baseline.renames_since_change", lambda *_: ({}, ""))


class Runs:
    """Runs over one project that is read once: the whole, and what is asked for of it."""

    def __init__(self, root: Path, select: tuple[str, ...] | None = EVERY) -> None:
        self.options = engine.Options(start=root, root=root, select=select)
        self._whole = engine.index(self.options)
        self._looks = 0
        self.files = [file.path for file in self._whole.project.files]

    @property
    def modules(self) -> dict[str, str]:
        return {file.path: file.module for file in self._whole.project.files}

    def check(self, *paths: str, baseline: Baseline | None = None) -> tuple[list[Finding], BaselineUse | None]:
        """Check as `engine.check` does, on a project that no run has asked anything yet; return what is shown.

        Every other time nothing is known of earlier second looks, which were for more names.
        """
        self._looks += 1
        project = dataclasses.replace(self._whole.project, details={}, only=None, _answers={})
        cache = Cache(self.options.start, enabled=False) if self._looks % 2 == 0 else self._whole.work.cache
        work = dataclasses.replace(self._whole.work, cache=cache)
        whole = dataclasses.replace(self._whole, project=project, work=work)
        shown = Shown(whole, dataclasses.replace(self.options, paths=tuple(map(Path, paths))))
        shown.narrow(project)
        checked = check_index(whole, chosen_rules(self.options, whole.loaded.policy))
        compared = compare(checked, baseline)
        return [one for one in compared.findings if shown.wants(one)], compared.use

    def asked(self) -> Iterator[tuple[str, ...]]:
        """Yield every file, every folder, and pairs of files that have little to do with each other."""
        yield from ((path,) for path in self.files)
        yield from ((path,) for path in sorted({str(Path(path).parent) for path in self.files} - {"."}))
        yield from zip(self.files[::3], self.files[-1::-3], strict=False)


def covers(asked: str, path: str) -> bool:
    """Tell whether a path is one that is asked for, or under one."""
    return path == asked or is_under(path, asked)


def in_paths(findings: Iterable[Finding], paths: Iterable[str]) -> list[Finding]:
    """Return the findings with a place in some files or folders."""
    return [
        one
        for one in findings
        if any(covers(path, at.path) for at in (one.at, *(other.at for other in one.related)) for path in paths)
    ]


def differences(runs: Runs, baseline: Baseline | None = None) -> list[str]:
    """Say where a run on some paths is not what the whole run shows of them."""
    whole, _ = runs.check(baseline=baseline)
    said = []
    for paths in runs.asked():
        made, expected = runs.check(*paths, baseline=baseline)[0], in_paths(whole, paths)
        if made != expected:
            said += [f"{paths}: not expected {one}" for one in made if one not in expected]
            said += [f"{paths}: not made {one}" for one in expected if one not in made]
            said.append(f"{paths}: {len(made)}, not {len(expected)}")
    return said


def entries(findings: Iterable[Finding]) -> Counter[Entry]:
    return Counter(one.unnumbered for one in findings if not one.suppressed)


def gone(module: str) -> Entry:
    """Return what a baseline says of a finding that a module had."""
    return ("SSOT201", "same", "cart", f"{module}: gone.away:Cart")


def check_all(runs: Runs) -> None:
    """Compare with a baseline of half of the findings, and with one that has what is gone."""
    found = entries(runs.check()[0])
    half = Baseline(runs.options.start / "half.json", Counter(dict(list(found.items())[::2])))
    assert not differences(runs, half)
    more = Baseline(half.path, found + Counter(gone(module) for module in set(runs.modules.values())))
    for paths in list(runs.asked())[::2]:
        findings, use = runs.check(*paths, baseline=more)
        covered = {module for path, module in runs.modules.items() if any(covers(one, path) for one in paths)}
        assert not [one for one in findings if one.baseline_state == "new"]
        assert use is not None
        assert use.gone == len(covered), paths


@pytest.mark.parametrize("title", CASES)
def test_cases(fixtures: Path, title: str) -> None:
    try:
        runs = Runs(fixtures / title)
    except PolicyError:
        pytest.skip("its policy is refused")
    check_all(runs)


@pytest.mark.parametrize("seed", range(8))
def test_made_projects(project: Project, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    runs = Runs(project(made_projects.project(chance)))
    assert len(runs.check()[0]) > 3
    check_all(runs)


OLD = "from shop.compat import Cart\n"
ONE_LEFT = OLD + OLD.replace("\n", "  # ssot: ignore[SSOT201] known\n") + "x = 1  # ssot: ignore[SSOT201] for nothing\n"
TWINS = {
    "shop/pay.py": OLD * 2,
    "shop/pay/__init__.py": OLD * 3,
    "shop/more.py": ONE_LEFT,
    "shop/only.py": ONE_LEFT + OLD,
}
"""Two files of one module, whose findings share numbers, and suppressions of which one is used and one is not."""


def test_twins_share_their_numbers(project: Project) -> None:
    root = project({**SHOP, **TWINS, "ssot.toml": SHOP["ssot.toml"].partition("\n")[2]})
    runs = Runs(root)
    check_all(runs)
    subjects = [one.subject for one in runs.check("shop/pay/__init__.py")[0] if one.code == "SSOT201"]
    others = [one.subject for one in runs.check("shop/pay.py")[0] if one.code == "SSOT201"]
    assert sorted(subjects + others) == [f"shop.pay: shop.compat:Cart{n}" for n in ("", " #2", " #3", " #4", " #5")]
    unused = [one for one in runs.check("shop/more.py")[0] if one.code == "SSOT901"]
    assert [one.at.line for one in unused] == [3]


@pytest.mark.parametrize("with_baseline", [False, True])
def test_command_line(cli: CommandLine, project: Project, *, with_baseline: bool) -> None:
    root = project({**SHOP, **TWINS})
    if with_baseline:
        cli("baseline", "write", cwd=root)
        project({"shop/orders.py": OLD, "shop/checkout.py": "", "shop/more.py": ONE_LEFT + OLD})

    def found(*paths: str) -> tuple[list[dict[str, Any]], dict[str, int]]:
        document = json.loads(cli("--output-format", "json", *paths, cwd=root).out)
        return document["findings"], document["summary"].get("baseline", {})

    whole, _ = found()
    assert len(whole) > 10
    for path in (*SHOP, *TWINS, "shop", "shop/pay", "tests"):
        expected = [one for one in whole if any(covers(path, at["path"]) for at in (one, *one["related"]))]
        made, states = found(path)
        assert made == (whole if path == "ssot.toml" else expected), path
        if with_baseline and path != "ssot.toml":
            unchanged = [one for one in made if one["baseline_state"] == "unchanged"]
            new = [one for one in made if one["baseline_state"] == "new"]
            gone_there = int(path in ("shop", "shop/checkout.py"))
            assert states == {"new": len(new), "unchanged": len(unchanged), "gone": gone_there}, path
