"""What a person is told when a command cannot be carried out."""

from __future__ import annotations


def failure_message(error: Exception) -> str:
    """Return the message of a failure: the problems of a policy, what was asked wrongly, or an internal error."""
    from ssot_lint.engine import UsageError  # noqa: PLC0415 - a failure is rare, and --help must be quick
    from ssot_lint.reporters.neutral import one_line  # noqa: PLC0415 - the same
    from ssot_lint.workspace.config import PolicyError  # noqa: PLC0415 - the same

    if isinstance(error, PolicyError):
        count = len(error.problems)
        lines = [f"the policy has {count} problem{'' if count == 1 else 's'}:"]
        lines += ["\n".join(one_line(line) for line in str(problem).split("\n")) for problem in error.problems]
        return "\n".join(lines)
    if isinstance(error, UsageError):
        return one_line(str(error))
    detail = one_line(str(error))[:200]
    return f"internal error, please report it: {type(error).__name__}: {detail}"
