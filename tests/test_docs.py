"""What the documentation says is so: pages, README's output and commands, links, and the project that README shows."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import click
import pytest

from ssot_lint import engine
from ssot_lint.cli import group
from ssot_lint.dev.new_rule import ScaffoldError, new_rule
from ssot_lint.dev.pages import WIDTH, made_pages, stale_pages
from ssot_lint.rules import all_rules, kinds_by_rule
from ssot_lint.workspace import config

CHECKOUT = Path(__file__).parents[1]
GOLDEN_PATH = CHECKOUT / "fixtures" / "_projects" / "golden-path"
README = (CHECKOUT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = sorted([*CHECKOUT.glob("*.md"), *(CHECKOUT / "rules").glob("*.md")])


class Block(NamedTuple):
    """A fenced block."""

    language: str
    text: str


def blocks(text: str) -> list[Block]:
    return [Block(*found) for found in re.findall(r"^```(\w*)\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)]


def screen(*arguments: str, at: Path) -> str:
    """Return what `python -m` prints on a terminal without colour."""
    environment = {key: value for key, value in os.environ.items() if key != "FORCE_COLOR"}
    environment |= {"COLUMNS": str(WIDTH), "NO_COLOR": "1", "PYTHONPATH": str(CHECKOUT)}
    ours, theirs = os.openpty()
    with subprocess.Popen([sys.executable, "-m", *arguments], cwd=at, env=environment, stdout=theirs):
        os.close(theirs)
        printed = b""
        with contextlib.suppress(OSError):  # how Linux says that nobody writes any more
            while read := os.read(ours, 1 << 16):
                printed += read
    os.close(ours)
    return printed.decode().replace("\r\n", "\n")


# The rules' pages


def test_pages_are_what_the_rules_make() -> None:
    assert stale_pages(CHECKOUT) == [], "run python -m ssot_lint.dev pages"


def test_pages_show_what_an_example_gives() -> None:
    pages = made_pages(CHECKOUT)
    for rule in all_rules():
        page = pages[f"rules/{rule.name}.md"]
        assert page.count(f"\n# {rule.code}: {rule.name}\n") == 1
        if (CHECKOUT / "fixtures" / rule.name / "example").is_dir():
            assert f": {rule.code}[{rule.name}] " in page
            assert "# expect" not in page


def copy_of_the_checkout(folder: Path) -> Path:
    for name in ("ssot_lint", "rules", "fixtures"):
        shutil.copytree(CHECKOUT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return Path(shutil.copy(CHECKOUT / "README.md", folder)).parent


def dev(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ssot_lint.dev", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    return subprocess.run(
        command, cwd=checkout, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_stale_pages_are_told_and_written(tmp_path: Path) -> None:
    checkout = copy_of_the_checkout(tmp_path)
    assert dev(checkout, "pages", "--check").returncode == 0
    (checkout / "rules" / "gone.md").write_text("a rule that is no more\n", encoding="utf-8")
    (checkout / "rules" / "README.md").unlink()
    readme = checkout / "README.md"
    readme.write_text(readme.read_text("utf-8").replace("\n3 findings", "\n30 findings"), encoding="utf-8")
    told = dev(checkout, "pages", "--check")
    assert told.returncode == 1
    assert "rules/README.md is stale" in told.stderr
    assert "\nREADME.md is stale" in f"\n{told.stderr}"
    assert "rules/gone.md is stale" in told.stderr
    assert dev(checkout, "pages").returncode == 0
    assert stale_pages(checkout) == []


def test_a_new_rule_runs_at_once(tmp_path: Path) -> None:
    checkout = copy_of_the_checkout(tmp_path)
    done = dev(checkout, "new-rule", "SSOT999", "some-name")
    assert done.returncode == 0, done.stderr
    for path in ("ssot_lint/rules/some_name.py", "fixtures/some-name/example/example.py"):
        assert path in done.stdout
        assert (checkout / path).is_file()
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    command = [sys.executable, "-m", "ssot_lint", "--isolated", "--output-format", "concise", "--root", "."]
    at = checkout / "fixtures" / "some-name" / "example"
    found = subprocess.run(command, cwd=at, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert "example.py:4:1: SSOT999[some-name] Departure is a departure\n" in found.stdout
    assert found.returncode == 1
    again = dev(checkout, "new-rule", "SSOT999", "other-name")
    assert (again.returncode, again.stderr) == (2, "there is already SSOT999 some-name\n")
    assert dev(checkout, "pages").stdout == "wrote README.md\nwrote rules/README.md\nwrote rules/some-name.md\n"
    assert "| SSOT999 | [some-name](rules/some-name.md) |" in (checkout / "README.md").read_text("utf-8")
    for tool in (("ruff", "check"), ("ruff", "format", "--check")):
        path = "ssot_lint/rules/some_name.py"
        settings = ("--config", str(CHECKOUT / "pyproject.toml"), "--no-cache")
        linted = subprocess.run(
            [sys.executable, "-m", *tool, *settings, path], cwd=checkout, capture_output=True, text=True, check=False
        )
        assert linted.returncode == 0, linted.stdout


@pytest.mark.parametrize(
    ("code", "name", "said"),
    [
        ("SSOT99", "some-name", "is no code"),
        ("SSOT999", "Some_Name", "is no name"),
        ("SSOT999", "name", "is no name"),
        ("SSOT201", "some-name", "there is already SSOT201"),
        ("SSOT999", "stale-policy", "there is already SSOT903"),
    ],
)
def test_a_new_rule_needs_a_free_code_and_name(code: str, name: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(ScaffoldError, match=said):
        new_rule(tmp_path, code, name)
    assert not list(tmp_path.iterdir())


# README


def console_runs() -> list[tuple[str, str, str]]:
    """Return folder, command and output of every console block of README that shows an output."""
    found = []
    for block in blocks(README):
        if block.language == "console":
            folder = "."
            for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
                command, _, output = part.partition("\n")
                if command.startswith("cd "):
                    folder = command.removeprefix("cd ")
                elif output:
                    found.append((folder, command, output))
    return found


def test_readme_shows_an_output() -> None:
    assert console_runs()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo terminals")
@pytest.mark.parametrize(("folder", "command", "output"), console_runs(), ids=["screen"])
def test_readme_shows_the_real_output(folder: str, command: str, output: str) -> None:
    program, *arguments = shlex.split(command)
    assert program == "ssot-lint"
    assert screen("ssot_lint", *arguments, at=CHECKOUT / folder) == output, "run python -m ssot_lint.dev pages"


def test_readme_holds_the_two_commands_of_a_fresh_machine() -> None:
    """`.ci/run` takes them from here and runs them."""
    shell = [block.text for block in blocks(README) if block.language == "sh"]
    assert [text.count("\n") for text in shell] == [1, 1]
    job, tests = shell
    assert job.endswith(".venv/bin/ssot-lint --root fixtures/_projects/golden-path\n")
    assert tests.endswith(".venv/bin/python -m pytest\n")
    assert all(text.startswith("python3 -m venv .venv && .venv/bin/pip install ") for text in shell)


def command_lines(text: str) -> list[str]:
    """Return every `ssot-lint ...` that a text tells the reader to type."""
    inline = re.findall(r"`(ssot-lint [^`\n]+)`", text)
    fenced = [
        line.partition("  #")[0].partition(" | ")[0].removeprefix("$ ").rpartition("&& ")[2].removeprefix(".venv/bin/")
        for block in blocks(text)
        if block.language in ("sh", "console")
        for line in block.text.splitlines()
    ]
    return [line.strip() for line in (*inline, *fenced) if re.match(r"ssot-lint( |$)", line)]


@pytest.mark.parametrize(
    "line", sorted({line for path in DOCUMENTS for line in command_lines(path.read_text("utf-8"))})
)
def test_commands_in_documents_exist(line: str) -> None:
    words = shlex.split(line)[1:]
    context = click.Context(group)
    name = words[0] if words and words[0] in group.list_commands(context) else "check"
    command = group.get_command(context, name)
    assert command is not None
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word.partition("=")[0] for word in words if word.startswith("-")} <= known


def test_readme_lists_every_rule() -> None:
    rows = re.findall(r"^\| (SSOT\d+) \| \[([\w-]+)\]\(rules/([\w-]+)\.md\) \| [^|]+ \|$", README, flags=re.MULTILINE)
    assert rows == [(rule.code, rule.name, rule.name) for rule in all_rules()]


def test_readme_states_a_valid_policy(tmp_path: Path) -> None:
    (text,) = (block.text for block in blocks(README) if block.language == "toml")
    path = tmp_path / "ssot.toml"
    path.write_text(text, encoding="utf-8")
    policy = config.load(path, tmp_path, rules=kinds_by_rule()).policy
    assert [concept.name for concept in policy.concept] == ["cart"]


# Links


def slug(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(CHECKOUT).as_posix())
def test_links_lead_somewhere(path: Path) -> None:
    text = re.sub(r"^(`{3,}).*?^\1$", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"`[^`\n]*`", "", text)
    for link in re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = link.partition("#")
        target = path.parent / file if file else path
        assert target.exists(), f"{path.name} links to {link}"
        if anchor:
            headings = re.findall(r"^#+ (.*)$", target.read_text("utf-8"), flags=re.MULTILINE)
            assert anchor in map(slug, headings), f"{path.name} links to {link}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(CHECKOUT).as_posix())
def test_documents_are_plain(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.isascii(), "no emoji, no typographic signs"
    assert text.endswith("\n")
    assert not re.search(r"[ \t]$", text, flags=re.MULTILINE)


# The project that README shows


def test_golden_path_shows_every_kind_of_finding() -> None:
    report = engine.check(engine.Options(start=GOLDEN_PATH, root=GOLDEN_PATH))
    assert report.exit_code == 1
    assert not report.notices
    assert len(report.active) >= 15
    assert len(report.findings) > len(report.active), "one is suppressed"
    shown = {(finding.code, finding.kind) for finding in report.active}
    wanted = {
        *(
            ("SSOT201", kind)
            for kind in ("same", "same-as", "different", "no-counterpart", "broken", "missing-at-home")
        ),
        *(("SSOT201", "legacy-intent"), ("SSOT205", "unguarded"), ("SSOT205", "guarded")),
        *(("SSOT903", "pattern"), ("SSOT903", "moved-from"), ("SSOT904", "form"), ("SSOT904", "unknown-rule")),
    }
    assert wanted <= shown
    assert {code for code, _ in shown} == {rule.code for rule in all_rules()}, "every rule is shown, once or more"


def test_our_own_policy_is_kept() -> None:
    report = engine.check(engine.Options(start=CHECKOUT, root=CHECKOUT))
    assert report.exit_code == 0
    assert [str(finding.at) for finding in report.active] == []
    assert all(score.total for score in report.scores.values()), "a concept that nobody imports guards nothing"
