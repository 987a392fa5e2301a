"""The remediation plan of an entry of the policy: what `ssot-lint plan` prints, and the tracker tells of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ssot_lint.engine import report_of
from ssot_lint.engine.checking import Shown, check_index, chosen_rules
from ssot_lint.engine.indexing import index
from ssot_lint.engine.silencing import Silencer
from ssot_lint.model.plan import Plan
from ssot_lint.studies.entries import about
from ssot_lint.studies.plan_steps import steps_of
from ssot_lint.studies.plan_tests import tests_of

if TYPE_CHECKING:
    from ssot_lint.engine import Index, Options
    from ssot_lint.model.report import Report


class Survey(NamedTuple):
    """A project read and checked by all of its rules: what plans are made of."""

    whole: Index
    report: Report
    silencer: Silencer


def survey(options: Options) -> Survey:
    """Read the project and run the rules. Raises PolicyError, UsageError."""
    whole = index(options)
    checked = check_index(whole, chosen_rules(options, whole.loaded.policy))
    report = report_of(checked, Shown(whole, options), {}, options.baseline)
    return Survey(whole, report, Silencer(whole.project, whole.policy))


def plan_of(found: Survey, name: str) -> Plan:
    """Return the plan of one entry of the policy."""
    whole = found.whole
    one = about(whole, name)
    findings = [finding for finding in found.report.findings if finding.concept == name]
    left = tuple(finding for finding in findings if not finding.suppressed)
    return Plan(
        name=name,
        what=one.what,
        home=one.home,
        definition=one.definition,
        defined_at=one.defined_at,
        score=found.report.scores.get(name),
        findings=left,
        steps=steps_of(whole.project, one, left),
        tests=tests_of(whole.project, one, findings, found.silencer),
        silenced=len(findings) - len(left),
        issue=one.issue,
        priority=one.priority,
        impact=one.impact,
    )
