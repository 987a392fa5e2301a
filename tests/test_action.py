"""`action.yml`: its steps, run by bash with the variables that GitHub gives them, and the CI that README shows."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import click
import pytest
import yaml

from ssot_lint.cli import group

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.conftest import Project

CHECKOUT = Path(__file__).parents[1]
ACTION: dict[str, Any] = yaml.safe_load((CHECKOUT / "action.yml").read_text(encoding="utf-8"))
INSTALL, CHECK = ACTION["runs"]["steps"]
README = (CHECKOUT / "README.md").read_text(encoding="utf-8")
NOTHING: Mapping[str, str] = MappingProxyType({})
BAD = "from shop.compat import Cart\n"
posix = pytest.mark.skipif(sys.platform == "win32", reason="bash may be that of another system there")


class Step(NamedTuple):
    """How a step ended: exit code, what it printed, the outputs that it set, and the job summary."""

    code: int
    said: str
    outputs: dict[str, str]
    summary: str


class Steps(Protocol):
    """Runs a step in a workspace, with inputs of the action and outputs of the step before."""

    def __call__(
        self,
        step: Mapping[str, Any],
        at: Path,
        inputs: Mapping[str, str] = ...,
        before: Mapping[str, str] = ...,
        action: Path = ...,
    ) -> Step: ...


def stated(text: str, inputs: Mapping[str, str], before: Mapping[str, str]) -> str:
    """Return what a value of `env:` is: an expression alone, as GitHub evaluates it."""
    found = re.fullmatch(r"\$\{\{ (inputs|steps\.install\.outputs)\.(\w+) \}\}", text)
    assert found is not None, text
    source, name = found.groups()
    return inputs[name] if source == "inputs" else before[name]


@pytest.fixture
def run(tmp_path: Path) -> Steps:
    defaults = {name: one["default"] for name, one in ACTION["inputs"].items()}
    runner = tmp_path / "runner's temp"
    runner.mkdir()
    files = {"GITHUB_OUTPUT": runner / "output", "GITHUB_STEP_SUMMARY": runner / "summary.md"}

    def run_step(
        step: Mapping[str, Any],
        at: Path,
        inputs: Mapping[str, str] = NOTHING,
        before: Mapping[str, str] = NOTHING,
        action: Path = CHECKOUT,
    ) -> Step:
        assert inputs.keys() <= defaults.keys()
        given = {name: stated(text, {**defaults, **inputs}, before) for name, text in step["env"].items()}
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("GITHUB_", "INPUT_", "GIT_"))}
        for file in files.values():
            file.write_bytes(b"")
        script = runner / "script.sh"
        script.write_text(step["run"], encoding="utf-8")
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)]  # what `shell: bash` stands for
        done = subprocess.run(
            command,
            cwd=at,
            env={
                **kept,
                **given,
                **{name: str(file) for name, file in files.items()},
                "GITHUB_ACTIONS": "true",
                "GITHUB_ACTION_PATH": str(action),
                "GITHUB_WORKSPACE": str(at),
                "RUNNER_TEMP": str(runner),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
            check=False,
        )
        lines = files["GITHUB_OUTPUT"].read_text(encoding="utf-8").splitlines()
        outputs = dict(line.split("=", 1) for line in lines)
        return Step(done.returncode, done.stdout, outputs, files["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8"))

    return run_step


def check(run: Steps, workspace: Path, **inputs: str) -> Step:
    """Run the step that checks, with the ssot-lint that runs these tests."""
    return run(CHECK, workspace, inputs, before={"python": sys.executable})


# What the action is


def test_the_action_has_what_was_agreed() -> None:
    assert list(ACTION["inputs"]) == ["version", "args", "baseline", "sarif", "level"]
    assert list(ACTION["outputs"]) == ["findings", "new", "fixed", "score"]
    assert ACTION["runs"]["using"] == "composite"
    assert all(one["description"] for one in (ACTION, *ACTION["inputs"].values(), *ACTION["outputs"].values()))
    for name, output in ACTION["outputs"].items():
        assert output["value"] == f"${{{{ steps.{CHECK['id']}.outputs.{name} }}}}"


def test_no_shell_sees_an_input_as_its_own_text() -> None:
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step["run"]
        assert "eval" not in step["run"]
        assert step["shell"] == "bash"
        assert "uses" not in step, "nobody else's action has a say"
    used = [text for step in ACTION["runs"]["steps"] for text in step["env"].values()]
    assert sorted(text for text in used if "inputs." in text) == sorted(
        f"${{{{ inputs.{name} }}}}" for name in ACTION["inputs"]
    )


@posix
def test_bash_of_a_mac_understands_the_steps() -> None:
    """It is of 2007: no mapfile, no associative arrays."""
    for step in ACTION["runs"]["steps"]:
        assert not re.search(r"mapfile|readarray|declare -A|\$\{\w+(,,|\^\^|@)", step["run"])
        subprocess.run(["bash", "-n"], input=step["run"], text=True, check=True)  # noqa: S607 - as the runner finds it


# The step that checks


@posix
def test_findings(run: Steps, shop: Path) -> None:
    done = check(run, shop)
    assert done.code == 1
    assert done.outputs == {"findings": "2", "new": "2", "fixed": "0", "score": "50"}
    assert "::error file=shop/checkout.py,line=3,endLine=3,col=25,endColumn=29,title=SSOT201" in done.said
    assert "\n2 findings (2 errors) in 6 files\n" in done.said
    assert "\n| error | shop/checkout.py" in done.summary


@posix
def test_no_findings(run: Steps, project: Project, shop: Path) -> None:
    project({"shop/checkout.py": "", "tests/test_cart.py": ""})
    done = check(run, shop)
    assert (done.code, done.outputs) == (0, {"findings": "0", "new": "0", "fixed": "0", "score": "100"})
    assert "no findings in 6 files\n" in done.said
    project({"ssot.toml": ""})
    assert check(run, shop).outputs["score"] == ""


@posix
def test_the_score_is_of_all_concepts_together(run: Steps, project: Project, shop: Path) -> None:
    policy = (shop / "ssot.toml").read_text(encoding="utf-8")
    project({"ssot.toml": f'{policy}\n[[concept]]\nname = "till"\nhome = "shop.till:Till"\n'})
    project({"shop/till.py": "class Till: ...\n", "shop/a.py": "from shop.till import Till\n"})
    assert check(run, shop).outputs["score"] == "60"  # 2 of 4 and 1 of 1: their mean would be 75


@posix
def test_baseline(run: Steps, project: Project, shop: Path) -> None:
    file = shop / "accepted findings.json"
    write = [sys.executable, "-m", "ssot_lint", "baseline", "write", "--baseline", str(file)]
    subprocess.run(write, cwd=shop, check=True, capture_output=True)
    done = check(run, shop, baseline=file.name)
    assert (done.code, done.outputs) == (0, {"findings": "2", "new": "0", "fixed": "0", "score": "50"})
    project({"shop/pay.py": BAD})
    done = check(run, shop, baseline=file.name)
    assert (done.code, done.outputs["findings"], done.outputs["new"]) == (1, "3", "1")
    assert check(run, shop).outputs["new"] == "3"


@posix
def test_sarif_is_written_whether_the_step_fails_or_not(run: Steps, project: Project, shop: Path) -> None:
    policy = (shop / "ssot.toml").read_text(encoding="utf-8")
    project({"ssot.toml": f'severity = {{ noncanonical-import = "warning" }}\n{policy}'})
    for level, code in (("", 1), ("error", 0)):
        done = check(run, shop, sarif="with space.sarif", level=level)
        assert (done.code, done.outputs["findings"]) == (code, "2")
        (one,) = json.loads((shop / "with space.sarif").read_text(encoding="utf-8"))["runs"]
        assert len(one["results"]) == 2
        (shop / "with space.sarif").unlink()


@posix
def test_an_incomplete_verdict_is_2_and_has_outputs(run: Steps, project: Project, shop: Path) -> None:
    project({"shop/broken.py": "def f(:\n"})
    done = check(run, shop, sarif="out.sarif")
    assert (done.code, done.outputs["findings"]) == (2, "2")
    assert (shop / "out.sarif").is_file()
    assert "::error file=shop/broken.py" in done.said


@posix
@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"args": "--nothing"}, "No such option"),
        ({"args": "--output-format 'text"}, "::error title=ssot-lint::the input args has a quotation without its end"),
        ({"level": "fatal"}, "'fatal' is not one of"),
        ({"baseline": "nowhere.json"}, "nowhere.json"),
        ({"args": "--show-settings"}, "::error title=ssot-lint::nothing could be checked"),
    ],
)
def test_where_nothing_is_checked_there_are_no_outputs(
    run: Steps, shop: Path, inputs: dict[str, str], message: str
) -> None:
    assert check(run, shop).outputs, "of which nothing must be left"
    done = check(run, shop, **inputs)
    assert (done.code, done.outputs) == (2, {})
    assert message in done.said
    assert "::error title=ssot-lint::" in done.said


@posix
def test_args_are_words(run: Steps, project: Project, shop: Path) -> None:
    project({"shop/two words.py": BAD, "shop/$(touch executed)`touch executed`;touch executed.py": BAD})
    done = check(run, shop, args="--zone production 'shop/two words.py'\n  --exit-zero\n")
    assert (done.code, done.outputs["findings"]) == (0, "1")
    done = check(run, shop, args='"shop/$(touch executed)`touch executed`;touch executed.py"')
    assert (done.code, done.outputs["findings"]) == (1, "1")
    assert check(run, shop, args="--select '*'").code == 2
    hostile = "$(touch executed)`touch executed`; touch executed #"
    for name in ("args", "baseline", "sarif", "level"):
        check(run, shop, **{name: hostile})
    assert not (shop / "executed").exists()


@posix
def test_fixed(run: Steps, shop: Path) -> None:
    done = check(run, shop, args="--fix")
    assert (done.code, done.outputs) == (0, {"findings": "0", "new": "0", "fixed": "2", "score": "100"})
    assert "shop.cart" in (shop / "shop/checkout.py").read_text(encoding="utf-8")


@posix
def test_a_project_in_a_folder(run: Steps, shop: Path) -> None:
    done = check(run, shop.parent, args=f"--root {shop.name}")
    assert "::error file=project/shop/checkout.py," in done.said
    assert done.outputs["findings"] == "2"


@posix
def test_nothing_of_the_checkout_is_run(
    run: Steps, project: Project, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trap = "import pathlib\npathlib.Path('executed').touch()\nraise SystemExit(0)\n"
    names = ("json", "shlex", "venv", "pip", "click", "ssot_lint/__init__", "ssot_lint/__main__", "sitecustomize")
    project({f"{name}.py": trap for name in names})
    monkeypatch.setenv("PYTHONPATH", str(shop))
    assert check(run, shop).outputs["findings"] == "2"
    assert not (shop / "executed").exists()


# The step that installs


@posix
@pytest.mark.packaging
def test_installed_from_the_action_itself(run: Steps, project: Project, shop: Path, source: Path) -> None:
    project({"venv.py": "raise SystemExit(0)\n", "pip.py": "raise SystemExit(0)\n"})
    installed = run(INSTALL, shop, action=source)
    assert installed.code == 0, installed.said
    done = run(CHECK, shop, before=installed.outputs)
    assert (done.code, done.outputs["findings"]) == (1, "2")


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a python3 onto the path that notes what it is asked, and makes itself a virtual environment."""
    folder = tmp_path / "bin"
    folder.mkdir()
    fake = f"""#!/bin/sh
printf '%s\\n' "$@" >> "{tmp_path}/asked"
if [ "$3" = venv ]; then mkdir -p "$5/bin" && cp "$0" "$5/bin/python"; fi
"""
    (folder / "python3").write_text(fake, encoding="utf-8")
    (folder / "python3").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return tmp_path / "asked"


@posix
@pytest.mark.parametrize(
    ("version", "wanted"),
    [("1.2.3", "ssot-lint==1.2.3"), ("", str(CHECKOUT)), ("1; touch $HOME/x", "ssot-lint==1; touch $HOME/x")],
)
def test_a_release_is_installed_by_its_version(run: Steps, shop: Path, asked: Path, version: str, wanted: str) -> None:
    done = run(INSTALL, shop, {"version": version})
    assert (done.code, asked.read_text(encoding="utf-8").splitlines()[-1]) == (0, wanted)
    assert done.outputs["python"].endswith("/ssot-lint/bin/python")


@posix
def test_a_python_that_is_too_old_is_told(run: Steps, shop: Path, asked: Path) -> None:
    for name in ("python3", "python"):
        (asked.parent / "bin" / name).write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
        (asked.parent / "bin" / name).chmod(0o755)
    done = run(INSTALL, shop)
    assert (done.code, done.outputs) == (2, {})
    assert done.said.startswith("::error title=ssot-lint::there is no Python 3.10 or later; ")


# The CI that README shows


def examples(language: str) -> list[str]:
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```$", README)


def test_readme_uses_inputs_and_outputs_that_exist() -> None:
    (workflow,) = (one for one in map(yaml.safe_load, examples("yaml")) if "jobs" in one)
    steps = workflow["jobs"]["ssot-lint"]["steps"]
    (ours,) = (step for step in steps if "/ssot-lint@" in step.get("uses", ""))
    assert ours["with"].keys() <= ACTION["inputs"].keys()
    (upload,) = (step for step in steps if "upload-sarif@" in step.get("uses", ""))
    assert upload["with"]["sarif_file"] == ours["with"]["sarif"]
    assert (upload["if"], workflow["permissions"]["security-events"]) == ("always()", "write")
    used = re.findall(r"\$\{\{ steps\.(\w+)\.outputs\.(\w+) \}\}", README)
    assert used
    assert all(step == ours["id"] and name in ACTION["outputs"] for step, name in used)
    assert not any("${{" in step.get("run", "") for step in steps)
    rows = re.findall(r"^\| `(\w+)` \|", README.partition("| input |")[2].partition("\n\n")[0], flags=re.MULTILINE)
    assert rows == list(ACTION["inputs"])
    (args,) = (line for line in README.splitlines() if line.startswith("| `args` |"))
    assert all(map(parses, re.findall(r"`(--[^`]+)`", args)))
    named = re.search(r"The outputs are `(\w+)`.*?, `(\w+)`.*?, `(\w+)`.*? and `(\w+)`", README)
    assert named is not None
    assert list(named.groups()) == list(ACTION["outputs"])


def parses(line: str) -> bool:
    """Tell whether `ssot-lint check` understands such a command line."""
    command = group.get_command(click.Context(group), "check")
    assert command is not None
    return bool(command.make_context("check", shlex.split(line)))


def test_readme_shows_a_job_for_gitlab_and_a_script() -> None:
    (job,) = (one["ssot-lint"] for one in map(yaml.safe_load, examples("yaml")) if "ssot-lint" in one)
    line = job["script"][-1].removeprefix("ssot-lint ")
    assert parses(line)
    assert f"gitlab:{job['artifacts']['reports']['codequality']}" in line
    assert job["artifacts"]["when"] == "always"
    (script,) = examples("bash")
    assert parses(script.splitlines()[-1].partition('ssot-lint" ')[2])


@posix
def test_the_script_of_readme_runs(project: Project, shop: Path, tmp_path: Path) -> None:
    """With our ssot-lint in the place of a release."""
    project({"shop/checkout.py": ""})
    (script,) = examples("bash")
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    fake = f"""#!/bin/sh
mkdir -p "$3/bin" && printf '#!/bin/sh\\n' > "$3/bin/pip" && chmod +x "$3/bin/pip"
printf '#!/bin/sh\\nexec {sys.executable} -m ssot_lint "$@"\\n' > "$3/bin/ssot-lint" && chmod +x "$3/bin/ssot-lint"
"""
    (bin_folder / "python3").write_text(fake, encoding="utf-8")
    (bin_folder / "python3").chmod(0o755)
    environment = {**os.environ, "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}"}
    command = ["bash", "-c", script]
    done = subprocess.run(command, cwd=shop, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert "tests/test_cart.py:1:25: SSOT201" in done.stdout
    assert (shop / "ssot-lint.xml").is_file()
