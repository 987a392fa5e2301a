"""Every case of every rule: what its lines expect is found, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from ssot_lint import engine
from ssot_lint.dev.cases import Expectation, MalformedCaseError, lay_out, read_case, read_cases, selection
from ssot_lint.engine.fixing import fix
from ssot_lint.engine.repairing import Wanted
from ssot_lint.fixing.write import undo
from ssot_lint.model.report import SEVERITIES
from ssot_lint.rules import all_rules
from ssot_lint.workspace.config import PolicyError
from ssot_lint.workspace.storage import FOLDER, journal_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssot_lint.dev.cases import Case
    from ssot_lint.model.report import Report

CASES = read_cases(Path(__file__).parents[1] / "fixtures")
RULES = {rule.name: rule for rule in all_rules()}
FIXABLE = {rule.name for rule in all_rules() if rule.fixable}


def is_fixable(case: Case) -> bool:
    """Whether a case is about a rule with fixes, and its policy can be read."""
    return case.rule in FIXABLE and case.exit_code is None


class Found(NamedTuple):
    """What a run says about a line; the problems of a policy count as findings of the kind `policy-error`."""

    path: str
    line: int
    code: str
    kind: str
    message: str

    def answers(self, expectation: Expectation) -> bool:
        """Tell whether this is what a line expects."""
        return self[:3] == expectation[:3] and expectation.kind in ("", self.kind) and expectation.text in self.message


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_case(case: Case, tmp_path: Path) -> None:
    root = laid_out(case, tmp_path)
    code = RULES[case.rule].code
    try:
        report = engine.check(engine.Options(start=root, root=root, select=selection(RULES[case.rule])))
    except PolicyError as error:
        found = [Found(one.file, one.line, code, "policy-error", one.what) for one in error.problems]
        exit_code = 2
    else:
        found = [
            Found(one.at.path, one.at.line, one.code, one.kind, one.message)
            for one in report.active
            if one.code == code
        ]
        exit_code = coherent_exit_code(report)
    assert not (said := differences(case.expectations, found)), f"{case.title}\n{said}"
    stated = case.exit_code
    assert (exit_code == 2) == (stated == 2), f"{case.title} exits {exit_code}, and states {stated or 'nothing'}"
    assert stated in (None, exit_code)


@pytest.mark.parametrize("case", [case for case in CASES if is_fixable(case)], ids=lambda case: case.title)
@pytest.mark.parametrize("unsafe", [False, True], ids=["safe", "unsafe"])
def test_fixes_of_case(case: Case, tmp_path: Path, *, unsafe: bool) -> None:
    """A fix changes what `_fixed/` says and nothing else; made again, it changes nothing; undone, all is as it was."""
    root = laid_out(case, tmp_path)
    before = contents(root)
    rule = RULES[case.rule]
    options = engine.Options(start=root, root=root, select=selection(rule))
    wanted = Wanted(unsafe=unsafe, fixable=(rule.code,))
    report = fix(options, wanted).report
    after = contents(root)
    changed = {path: after.get(path) for path in before | after if after.get(path) != before.get(path)}
    expected = case.fixed | case.fixed_unsafely if unsafe else case.fixed
    assert changed == expected
    assert report.fixing is not None
    assert report.fixing.files == sorted(changed)
    assert not [notice for notice in report.notices if notice.kind == "fix-failed"]
    again = fix(options, wanted).report.fixing
    assert again is not None
    assert (contents(root), list(again.files)) == (after, [])
    undo(root, journal_folder(root, None))
    assert contents(root) == before


def laid_out(case: Case, tmp_path: Path) -> Path:
    """Copy a case to a folder of its own, as a project."""
    root = lay_out(case.folder, tmp_path / "case")
    (root / ".git").mkdir()  # neither policies nor .gitignore files are looked for above
    return root


def contents(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and FOLDER not in path.parts
    }


def coherent_exit_code(report: Report) -> int:
    """Return the exit code, which must follow from what was found."""
    failing = SEVERITIES[: SEVERITIES.index(report.fails_at) + 1]
    expected = 1 if any(finding.severity in failing for finding in report.active) else 0
    if any(notice.blocking for notice in report.notices):
        expected = 2
    assert report.exit_code == expected
    return report.exit_code


def differences(expectations: Sequence[Expectation], found: Sequence[Found]) -> str:
    """Say what was expected and not found, and found and not expected; an expectation takes one finding."""
    left = list(found)
    missing = []
    # The most particular first: on a line with several findings a general expectation must not take theirs.
    for one in sorted(expectations, key=lambda one: (not one.kind, -len(one.text))):
        answer = next((other for other in left if other.answers(one)), None)
        if answer is None:
            missing.append(one)
        else:
            left.remove(answer)
    lines = [f"  expected, not found: {_line(*one)}" for one in sorted(missing)]
    lines += [f"  found, not expected: {_line(*one)}" for one in sorted(left)]
    return "\n".join(lines)


def _line(path: str, line: int, code: str, kind: str, message: str) -> str:
    return f"{path}:{line}: {code}{'.' if kind else ''}{kind}: {message}"


def test_a_case_is_read(tmp_path: Path) -> None:
    policy = "# expect-exit: 2\n[x]  # expect[SSOT903]: stale\n"
    (tmp_path / "ssot.toml").write_text(policy, encoding="utf-8")
    source = "import a  # ssot: ignore  # expect[SSOT904.form]: a bare # expect[SSOT201]:\r\nx = 'no # comment'\r\n"
    (tmp_path / "a.py").write_text(source, encoding="utf-8", newline="")
    case = read_case(tmp_path)
    assert case.exit_code == 2
    assert case.expectations == (
        ("a.py", 1, "SSOT904", "form", "a bare"),
        ("a.py", 1, "SSOT201", "", ""),
        ("ssot.toml", 2, "SSOT903", "", "stale"),
    )


@pytest.mark.parametrize("comment", ["# expect[SSOT201] no colon", "#expect[SSOT201]: x", "# expect SSOT201: x"])
def test_a_malformed_expectation_is_no_comment(comment: str, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(f"import a  {comment}\n", encoding="utf-8")
    with pytest.raises(MalformedCaseError, match=r"a\.py:1"):
        read_case(tmp_path)


def test_differences_are_told_both_ways() -> None:
    expected = [Expectation("a.py", 1, "SSOT201", "", ""), Expectation("a.py", 1, "SSOT201", "same", "Cart")]
    found = [Found("a.py", 1, "SSOT201", "same", "Cart comes"), Found("a.py", 2, "SSOT201", "broken", "gone")]
    assert differences(expected, found) == (
        "  expected, not found: a.py:1: SSOT201: \n  found, not expected: a.py:2: SSOT201.broken: gone"
    )
    assert not differences(expected, [found[0], Found("a.py", 1, "SSOT201", "broken", "gone")])


def test_columns_are_code_points() -> None:
    case = next(case for case in CASES if case.title == "noncanonical-import/beyond-ascii")
    report = engine.check(engine.Options(start=case.folder, root=case.folder, select=("SSOT201",)))
    (at,) = [finding.at for finding in report.findings]
    line = case.texts[at.path].splitlines()[at.line - 1]
    assert line[at.column - 1 : at.end_column - 1] == "Größe"
