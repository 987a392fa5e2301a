"""A finding as a result of SARIF: its places, the chain of its imports, its fix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ssot_lint.reporters.neutral import one_line, sarif_text, uri_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssot_lint.model.finding import Finding, Hop
    from ssot_lint.model.fix import Remedy
    from ssot_lint.model.location import Location
    from ssot_lint.model.report import FileEdit, Report

BASE: Final = "%SRCROOT%"
"""What all URIs are relative to."""

LEVELS: Final = {"error": "error", "warning": "warning", "info": "note"}


def result(report: Report, finding: Finding, rule: int, folder: str) -> dict[str, Any]:
    """Return a finding as a result; `rule` is the place of its rule among the rules of the run."""
    found: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": LEVELS[finding.severity],
        "message": {"text": sarif_text(finding.message)},
        "locations": [_location(finding.at, folder)],
        "partialFingerprints": {"ssotLintIdentity/v1": finding.fingerprint},
        "properties": _properties(finding),
    }
    if finding.module:
        name = {"fullyQualifiedName": one_line(finding.module), "kind": "module"}
        found["locations"][0]["logicalLocations"] = [name]
    if finding.related:
        found["relatedLocations"] = [
            {"id": number, **_location(one.at, folder), "message": {"text": sarif_text(one.message)}}
            for number, one in enumerate(finding.related, 1)
        ]
    if finding.chain:
        found["codeFlows"] = [{"threadFlows": [{"locations": [_step(hop, folder) for hop in finding.chain]}]}]
    if finding.baseline_state is not None:
        found["baselineState"] = finding.baseline_state
    if finding.suppressed:
        found["suppressions"] = [{"kind": "inSource"}]
    edits = report.fixing.edits.get(finding.fingerprint, ()) if report.fixing is not None else ()
    if finding.remedy is not None and edits and all(one.content is not None for one in edits):
        found["fixes"] = [_fix(finding.remedy, edits, folder)]
    return found


def artifact(path: str, folder: str) -> dict[str, Any]:
    """Return where a file is, as a URI that is relative to the repository."""
    return {"uri": uri_path(f"{folder}{path}"), "uriBaseId": BASE}


def _properties(finding: Finding) -> dict[str, Any]:
    properties: dict[str, Any] = {"kind": finding.kind, "subject": one_line(finding.subject)}
    if finding.concept:
        properties["concept"] = one_line(finding.concept)
    if finding.remedy is not None:
        remedy = finding.remedy
        properties["fix"] = {"applicability": remedy.applicability, "title": one_line(remedy.title)}
        if remedy.reason:
            properties["fix"]["reason"] = one_line(remedy.reason)
    return properties


def _location(at: Location, folder: str) -> dict[str, Any]:
    region = {"startLine": at.line, "startColumn": at.column, "endLine": at.end_line, "endColumn": at.end_column}
    return {"physicalLocation": {"artifactLocation": artifact(at.path, folder), "region": region}}


def _step(hop: Hop, folder: str) -> dict[str, Any]:
    """Return one hop of a resolution as a step of a flow."""
    said = f"{hop.module}:{hop.name} {hop.how}".rstrip()
    location: dict[str, Any] = {"message": {"text": sarif_text(said)}}
    if hop.path:
        place = {"artifactLocation": artifact(hop.path, folder), "region": {"startLine": max(hop.line, 1)}}
        location["physicalLocation"] = place
    return {"location": location}


def _fix(remedy: Remedy, edits: Sequence[FileEdit], folder: str) -> dict[str, Any]:
    """Return the edits of a fix, file by file; SARIF has no word for the deletion of a file."""
    by_path: dict[str, list[dict[str, Any]]] = {}
    for one in edits:
        replacement = {
            "deletedRegion": {"byteOffset": one.start, "byteLength": one.end - one.start},
            "insertedContent": {"text": (one.content or b"").decode("utf-8", "backslashreplace")},
        }
        by_path.setdefault(one.path, []).append(replacement)
    changes = [{"artifactLocation": artifact(path, folder), "replacements": made} for path, made in by_path.items()]
    return {"description": {"text": sarif_text(remedy.title)}, "artifactChanges": changes}
