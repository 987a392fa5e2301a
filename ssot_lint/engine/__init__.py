"""The pipeline, top to bottom: paths, sources, facts, project, findings, report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lint.engine.baseline import check_against, compare, open_baseline, with_baseline
from ssot_lint.engine.brought import narrow
from ssot_lint.engine.checking import Checked, Shown, check_index, chosen_rules, look_again, suspects
from ssot_lint.engine.indexing import Index, find_root, index, load_policy, read_project, relative_path, start
from ssot_lint.engine.options import Clock, Options, UsageError
from ssot_lint.model.report import ConceptScore, Report
from ssot_lint.parsing.reader import UnreadableSourceError, decode, split_lines
from ssot_lint.rules.concept_names import asked_concepts
from ssot_lint.rules.verdicts import verdict_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ssot_lint.engine.indexing import Start
    from ssot_lint.model.finding import Finding
    from ssot_lint.workspace.baseline import Baseline
    from ssot_lint.workspace.sources import Sources

__all__ = [
    "Index",
    "Options",
    "UsageError",
    "check",
    "check_against",
    "find_root",
    "index",
    "load_policy",
    "look_again",
    "nothing_asked",
    "open_baseline",
    "relative_path",
    "report_of",
    "scores",
    "suspects",
    "with_baseline",
]


def check(options: Options) -> Report:
    """Run the rules over the project and settle what they find. Raises PolicyError, UsageError."""
    begun = start(options)
    if begun.changes is not None and not begun.changes:
        return nothing_asked(begun)
    whole = read_project(begun)
    clock = Clock()
    shown = Shown(whole, options)
    if not shown.covers_something():
        return nothing_asked(whole)
    if whole.changes is None:
        shown.narrow(whole.project)
    checked = check_index(whole, chosen_rules(options, whole.loaded.policy))
    clock.lap("check")
    if whole.changes is not None:
        checked = narrow(checked, shown)
        clock.lap("compare")
    return report_of(checked, shown, clock.seconds, options.baseline)


def nothing_asked(whole: Index | Start) -> Report:
    """Return the report of a run whose paths cover nothing that is read, or in which nothing was changed."""
    why = "no file that is read stands under the given paths"
    if whole.changes is not None and not whole.changes:
        why = f"no Python file and no policy {whole.changes.said}"
    fails_at = whole.loaded.policy.fails_at
    return Report([], [], len(whole.found.files), 0, fails_at, has_concepts=True, nothing_asked=why)


def report_of(checked: Checked, shown: Shown, seconds: Mapping[str, float], baseline: Baseline | None = None) -> Report:
    """Settle what the rules found, compare it with the baseline, and add the figures of the run."""
    whole = checked.whole
    compared = compare(checked, baseline)
    findings = [finding for finding in compared.findings if shown.wants(finding)]
    return Report(
        findings=findings,
        notices=compared.notices,
        files=len(whole.found.files),
        analysed=whole.analysed,
        fails_at=whole.loaded.policy.fails_at,
        has_concepts=bool(whole.loaded.policy.entries),
        scores=scores(whole),
        lines=source_lines(whole.work.sources, (one for one in findings if one.baseline_state != "unchanged")),
        statistics={**whole.seconds, **seconds},
        parsed=len(whole.work.parsed & whole.project.by_path.keys()),
        baseline=compared.use,
    )


def scores(whole: Index) -> dict[str, ConceptScore]:
    """Return the share of every concept's references that refer to its home; of the concepts that a run is about."""
    found = {}
    for bound in asked_concepts(whole.project, whole.policy):
        table = verdict_table(whole.project, bound)
        counts = [(row["canonical"], sum(row.values())) for row in table.values()]
        found[bound.concept.name] = ConceptScore(sum(one for one, _ in counts), sum(total for _, total in counts))
    return found


def source_lines(sources: Sources, findings: Iterable[Finding]) -> dict[tuple[str, int], str]:
    """Read the lines that the findings stand on."""
    wanted: dict[str, set[int]] = {}
    for finding in findings:
        wanted.setdefault(finding.at.path, set()).add(finding.at.line)
    lines: dict[tuple[str, int], str] = {}
    for path, numbers in wanted.items():
        try:
            content = split_lines(decode(sources.read(path)))
        except UnreadableSourceError:
            continue
        lines.update({(path, number): content[number - 1] for number in numbers if number <= len(content)})
    return lines
