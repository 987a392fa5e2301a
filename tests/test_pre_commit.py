"""The two hooks of `.pre-commit-hooks.yaml`, as pre-commit itself installs and runs them in a git repository."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

CHECKOUT = Path(__file__).parents[1]
HOOKS: list[dict[str, Any]] = yaml.safe_load((CHECKOUT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
IDS = ("ssot-lint", "ssot-lint-full")
BAD = "from shop.compat import Cart\n"
GOOD = "from shop.cart import Cart\n"
CLEAN: Mapping[str, str] = {
    ".gitignore": "__pycache__/\n",
    "ssot.toml": """\
select = ["noncanonical-import", "unresolved-import", "stale-policy"]

[[concept]]
name = "cart"
home = "shop.cart:Cart"
""",
    "shop/__init__.py": "",
    "shop/cart.py": "class Cart:\n    pass\n",
    "shop/compat.py": "from shop.cart import Cart as Cart\n\n\ndef size():\n    return 1\n",
    "shop/orders.py": GOOD,
    "tests/test_cart.py": "from shop.compat import size\n",
}


class Tried(NamedTuple):
    """A commit, or a run of pre-commit: whether it went through, and what was said."""

    ok: bool
    said: str

    @property
    def states(self) -> dict[str, str]:
        """Return how each hook ended."""
        ended = re.findall(r"(?m)^ssot-lint( \(whole project\))?\.+(?:\(.*\))?(\w+)$", self.said)
        return {IDS[bool(whole)]: state for whole, state in ended}

    @property
    def places(self) -> list[str]:
        """Return where findings stand, in order, each once."""
        return sorted(set(re.findall(r"(?m)^(\S+:\d+):\d+: SSOT\d+\[", self.said)))


class Environment(NamedTuple):
    """Where pre-commit finds the hooks, and the variables under which everything runs."""

    hooks: Path
    rev: str
    variables: Mapping[str, str]

    def run(self, *command: str, at: Path, code: int | None = 0) -> Tried:
        """Run a command to its end; `code` is the exit code that it must have, None for any."""
        done = subprocess.run(
            command,
            cwd=at,
            env=dict(self.variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
            check=False,
        )
        assert code is None or done.returncode == code, done.stdout
        assert "Traceback" not in done.stdout
        return Tried(done.returncode == 0, done.stdout)

    def git(self, *arguments: str, at: Path) -> str:
        return self.run("git", *arguments, at=at).said


class Repository:
    """A git repository of a user, with pre-commit's hook in it."""

    def __init__(self, root: Path, environment: Environment, hooks: list[dict[str, Any]]) -> None:
        self.root = root
        self._environment = environment
        root.mkdir()
        self.git("init", "-q", "-b", "main")
        self.configure(hooks)
        self.write(CLEAN)
        self.pre_commit("install")
        self.git("add", "--all")
        self.git("commit", "-qm", "the shop", "--no-verify")

    def configure(self, hooks: list[dict[str, Any]]) -> None:
        """Write pre-commit's configuration; it must be staged before the next commit."""
        repo = {"repo": self._environment.hooks.as_uri(), "rev": self._environment.rev, "hooks": hooks}
        self.write({".pre-commit-config.yaml": yaml.safe_dump({"repos": [repo]})})

    def write(self, files: Mapping[str, str]) -> None:
        for path, content in files.items():
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_text(content, encoding="utf-8")

    def read(self, path: str) -> str:
        return (self.root / path).read_text(encoding="utf-8")

    def git(self, *arguments: str) -> str:
        return self._environment.git(*arguments, at=self.root)

    def pre_commit(self, *arguments: str, code: int | None = 0) -> Tried:
        command = (sys.executable, "-m", "pre_commit", *arguments)
        return self._environment.run(*command, at=self.root, code=code)

    def stage(self, files: Mapping[str, str]) -> None:
        self.write(files)
        self.git("add", "--", *files)

    def commit(self, *arguments: str) -> Tried:
        """Try to commit; tell what the hooks said. What does not go through leaves no commit."""
        before = self.git("rev-parse", "HEAD")
        tried = self._environment.run("git", "commit", "-m", "more", *arguments, at=self.root, code=None)
        assert tried.ok == (self.git("rev-parse", "HEAD") != before)
        return tried


def neutral_environment(folder: Path) -> dict[str, str]:
    """Return variables with nothing in them of who runs the tests, and from where, but for where pip looks.

    git reads the home folder even without its own configuration there, and sets variables for its hooks.
    """
    outside = ("GIT_", "PRE_COMMIT", "PYTHON", "VIRTUAL", "GITHUB_", "XDG_")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(outside) and key != "SKIP"}
    (folder / "home").mkdir()
    config = Path(os.environ.get("XDG_CONFIG_HOME") or Path("~/.config").expanduser()) / "pip" / "pip.conf"
    kept |= {"PIP_CONFIG_FILE": str(config)} if config.is_file() and "PIP_CONFIG_FILE" not in kept else {}
    names = {f"GIT_{who}_{what}": "x@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    return {
        **kept,
        **names,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "HOME": str(folder / "home"),
        "NO_COLOR": "1",
        "PRE_COMMIT_COLOR": "never",
        "PRE_COMMIT_HOME": str(folder / "pre-commit"),
        "VIRTUALENV_OVERRIDE_APP_DATA": str(folder / "virtualenv"),
    }


@pytest.fixture(scope="module")
def environment(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Commit what stands in the checkout now, and let pre-commit install it, once."""
    folder = tmp_path_factory.mktemp("pre-commit")
    hooks = Environment(source, "", neutral_environment(folder))
    for arguments in (["init", "-q", "-b", "main"], ["add", "--all"], ["commit", "-qm", "now"]):
        hooks.git(*arguments, at=source)
    hooks = hooks._replace(rev=hooks.git("rev-parse", "HEAD", at=source).strip())
    Repository(folder / "first", hooks, [{"id": one} for one in IDS]).pre_commit("install-hooks")
    return hooks


@pytest.fixture
def repository(environment: Environment, tmp_path: Path) -> Repository:
    """A project without findings, with both hooks."""
    return Repository(tmp_path / "user", environment, [{"id": one} for one in IDS])


# What the hooks are


def test_the_hooks_are_what_was_agreed() -> None:
    assert tuple(hook["id"] for hook in HOOKS) == IDS
    part, full = HOOKS
    assert {"--force-exclude", "--tracked-only"} <= set(part["entry"].split())
    assert part["require_serial"]
    assert full["always_run"]
    assert not full["pass_filenames"]
    assert all(hook["language"] == "python" and hook["entry"].startswith("ssot-lint check ") for hook in HOOKS)
    assert not any("args" in hook for hook in HOOKS), "a project's own args would take their place"


def test_readme_shows_a_configuration_of_hooks_that_exist(tmp_path: Path) -> None:
    readme = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    (text,) = (text for text in re.findall(r"(?ms)^```yaml\n(.*?)^```$", readme) if text.startswith("repos:"))
    (repo,) = yaml.safe_load(text)["repos"]
    assert [hook["id"] for hook in repo["hooks"]] == list(IDS)
    for command, content in (
        ("validate-config", text),
        ("validate-manifest", (CHECKOUT / ".pre-commit-hooks.yaml").read_text("utf-8")),
    ):
        path = tmp_path / command
        path.write_text(content, encoding="utf-8")
        subprocess.run([sys.executable, "-m", "pre_commit", command, str(path)], check=True, timeout=60)


@pytest.mark.packaging
@pytest.mark.parametrize(
    ("path", "runs"),
    [
        *((path, True) for path in ("a.py", "shop/b.pyi", "ssot.toml", "pyproject.toml", "part/pyproject.toml")),
        *((path, False) for path in ("README.md", "other.toml", "not-ssot.toml", "shop/a.pyx", "Pipfile", "a.py.txt")),
    ],
)
def test_what_triggers_the_first_hook(repository: Repository, path: str, runs: bool) -> None:
    if path != "ssot.toml":
        repository.stage({path: ""})
    tried = repository.pre_commit("run", "ssot-lint", "--files", path)
    assert tried.states == {"ssot-lint": "Passed" if runs else "Skipped"}
    assert repository.pre_commit("run", "ssot-lint-full", "--files", path).states == {"ssot-lint-full": "Passed"}


# Commits


@pytest.mark.packaging
def test_a_clean_commit(repository: Repository) -> None:
    repository.stage({"shop/pay.py": GOOD, "README.md": "the shop\n"})
    tried = repository.commit()
    assert (tried.ok, tried.states) == (True, dict.fromkeys(IDS, "Passed"))
    assert repository.git("status", "--porcelain") == ""


@pytest.mark.packaging
def test_a_bad_commit(repository: Repository) -> None:
    repository.stage({"shop/pay.py": BAD})
    tried = repository.commit()
    assert (tried.ok, tried.states) == (False, dict.fromkeys(IDS, "Failed"))
    assert tried.places == ["shop/pay.py:1"]
    assert "shop/pay.py:1:25: SSOT201[noncanonical-import] same" in tried.said
    assert "- exit code: 1" in tried.said


@pytest.mark.packaging
def test_old_findings_stop_only_who_touches_their_file(repository: Repository) -> None:
    repository.stage({"shop/old.py": BAD})
    repository.git("commit", "-qm", "old", "--no-verify")
    repository.stage({"shop/pay.py": GOOD})
    tried = repository.commit()
    assert (tried.states, tried.places) == ({"ssot-lint": "Passed", "ssot-lint-full": "Failed"}, ["shop/old.py:1"])
    repository.stage({"shop/old.py": f"import os\n{BAD}"})
    assert repository.commit().states["ssot-lint"] == "Failed"


@pytest.mark.packaging
def test_old_findings_in_a_baseline_stop_nobody(repository: Repository, environment: Environment) -> None:
    repository.stage({"shop/old.py": BAD})
    (program,) = (Path(environment.variables["PRE_COMMIT_HOME"])).glob("repo*/py_env-*/bin/ssot-lint")
    environment.run(str(program), "baseline", "write", at=repository.root)
    repository.git("add", "--all")
    assert repository.commit().ok
    repository.stage({"shop/old.py": f"import os\n\n{BAD}", "shop/pay.py": BAD})
    tried = repository.commit()
    assert (tried.states, tried.places) == (dict.fromkeys(IDS, "Failed"), ["shop/pay.py:1"])


@pytest.mark.packaging
def test_of_a_partially_staged_file_what_is_staged_counts(repository: Repository) -> None:
    repository.stage({"shop/orders.py": f"import os\n{GOOD}"})
    repository.write({"shop/orders.py": f"import os\n{GOOD}{BAD}"})
    assert repository.commit().states == dict.fromkeys(IDS, "Passed")
    assert repository.read("shop/orders.py") == f"import os\n{GOOD}{BAD}"
    repository.git("add", "--all")
    repository.write({"shop/orders.py": GOOD})
    tried = repository.commit()
    assert (tried.states, tried.places) == (dict.fromkeys(IDS, "Failed"), ["shop/orders.py:3"])
    assert repository.read("shop/orders.py") == GOOD


@pytest.mark.packaging
def test_an_untracked_bad_file_stops_nobody(repository: Repository) -> None:
    repository.write({"shop/draft.py": f"{BAD}import shop.gone\n", "broken.py": "def f(:\n"})
    repository.stage({"shop/pay.py": GOOD})
    assert repository.commit().states == dict.fromkeys(IDS, "Passed")


@pytest.mark.packaging
@pytest.mark.parametrize("arguments", [["--all"], ["shop/pay.py"]], ids=["all", "path"])
def test_a_commit_of_what_is_not_staged(repository: Repository, arguments: list[str]) -> None:
    """For these git makes an index of its own, and tells hooks where it is."""
    repository.stage({"shop/pay.py": GOOD})
    repository.git("commit", "-qm", "pay", "--no-verify")
    repository.write({"shop/pay.py": BAD, "shop/draft.py": BAD})
    tried = repository.commit(*arguments)
    assert (tried.states, tried.places) == (dict.fromkeys(IDS, "Failed"), ["shop/pay.py:1"])
    repository.write({"shop/pay.py": f"import os\n{GOOD}"})
    assert repository.commit(*arguments).states == dict.fromkeys(IDS, "Passed")


@pytest.mark.packaging
def test_a_deleted_module_that_is_needed_elsewhere(repository: Repository) -> None:
    repository.git("rm", "-q", "shop/compat.py")
    tried = repository.commit()
    assert (tried.ok, tried.states) == (False, {"ssot-lint": "Skipped", "ssot-lint-full": "Failed"})
    assert tried.places == ["tests/test_cart.py:1"]
    assert "SSOT205[unresolved-import]" in tried.said
    repository.stage({"tests/test_cart.py": ""})
    assert repository.commit().states == dict.fromkeys(IDS, "Passed")


STRICTER = f"""{CLEAN["ssot.toml"]}
[[moved]]
from = "shop.compat"
to = "shop.cart"
names = ["size"]
"""


@pytest.mark.packaging
def test_a_commit_that_touches_only_the_policy(repository: Repository) -> None:
    repository.stage({"ssot.toml": STRICTER})
    tried = repository.commit()
    assert (tried.ok, tried.states["ssot-lint-full"]) == (False, "Failed")
    assert tried.places == ["tests/test_cart.py:1"]


@pytest.mark.packaging
def test_a_policy_among_the_files_shows_every_finding(repository: Repository) -> None:
    repository.stage({"ssot.toml": STRICTER})
    assert repository.commit().states["ssot-lint"] == "Failed"


@pytest.mark.packaging
def test_an_entry_of_the_policy_that_is_stale(repository: Repository) -> None:
    repository.stage({"ssot.toml": STRICTER.replace('"size"', '"colour"')})
    tried = repository.commit()
    assert (tried.states, tried.places) == (dict.fromkeys(IDS, "Failed"), ["ssot.toml:7"])


@pytest.mark.packaging
def test_a_policy_that_is_wrong_stops_both(repository: Repository) -> None:
    repository.stage({"ssot.toml": CLEAN["ssot.toml"].replace("home", "hom")})
    tried = repository.commit()
    assert tried.states == dict.fromkeys(IDS, "Failed")
    assert tried.said.count("- exit code: 2") == 2
    assert "ssot.toml:5: concept[0].hom" in tried.said


@pytest.mark.packaging
def test_fixes_are_left_unstaged(repository: Repository) -> None:
    repository.configure([{"id": "ssot-lint", "args": ["--fix"]}])
    repository.stage({"shop/pay.py": BAD})
    repository.git("add", "--all")
    before = repository.git("ls-files", "--stage")
    tried = repository.commit()
    assert (tried.ok, tried.states) == (False, {"ssot-lint": "Failed"})
    assert "- files were modified by this hook" in tried.said
    assert repository.read("shop/pay.py") == GOOD
    assert repository.git("ls-files", "--stage") == before
    assert repository.git("status", "--porcelain", "shop", "tests") == "AM shop/pay.py\n"
    assert "?" not in repository.git("status", "--porcelain"), "nothing of ours lies about"
    repository.git("add", "--all")
    assert repository.commit().ok


@pytest.mark.packaging
def test_fixes_touch_no_other_file(repository: Repository) -> None:
    repository.configure([{"id": "ssot-lint", "args": ["--fix"]}])
    repository.stage({"shop/old.py": BAD})
    repository.git("add", "--all")
    repository.git("commit", "-qm", "old", "--no-verify")
    repository.stage({"shop/pay.py": BAD})
    repository.commit()
    assert (repository.read("shop/pay.py"), repository.read("shop/old.py")) == (GOOD, BAD)


@pytest.mark.packaging
def test_fixes_of_a_partially_staged_file_lose_nothing(repository: Repository) -> None:
    repository.configure([{"id": "ssot-lint", "args": ["--fix"]}])
    repository.stage({"shop/pay.py": BAD})
    repository.git("add", "--all")
    repository.write({"shop/pay.py": f"{BAD.rstrip()}  # mine\n"})
    before = repository.git("ls-files", "--stage")
    tried = repository.commit()
    assert not tried.ok
    assert "Stashed changes conflicted with hook auto-fixes... Rolling back fixes..." in tried.said
    assert repository.read("shop/pay.py") == f"{BAD.rstrip()}  # mine\n"
    assert repository.git("ls-files", "--stage") == before


@pytest.mark.packaging
def test_what_a_commit_brings(repository: Repository) -> None:
    """As README says: the second hook with `--staged`, for old findings without a baseline."""
    repository.configure([{"id": "ssot-lint-full", "args": ["--staged"]}])
    repository.stage({"shop/old.py": BAD})
    repository.git("add", "--all")
    repository.git("commit", "-qm", "old", "--no-verify")
    repository.stage({"shop/pay.py": GOOD})
    assert repository.commit().ok
    repository.stage({"shop/pay.py": BAD})
    assert repository.commit().places == ["shop/pay.py:1"]
    repository.git("reset", "-q", "--hard")
    repository.git("rm", "-q", "shop/compat.py")
    assert repository.commit().places == ["shop/old.py:1", "tests/test_cart.py:1"]


@pytest.mark.packaging
def test_a_project_in_a_folder(repository: Repository) -> None:
    root = ["--root", "back"]
    repository.configure([{"id": "ssot-lint", "args": root, "files": "^back/"}, {"id": "ssot-lint-full", "args": root}])
    (repository.root / "back").mkdir()
    repository.git("mv", "shop", "tests", "ssot.toml", "back")
    repository.stage(
        {
            "front/tool.py": "import shop.gone\n",
            "back/notes.md": "",
            ".pre-commit-config.yaml": repository.read(".pre-commit-config.yaml"),
        }
    )
    assert repository.commit().states == dict.fromkeys(IDS, "Passed")
    repository.write({"back/shop/draft.py": BAD, "back/shop/orders.py": f"import os\n{BAD}"})
    tried = repository.commit("--all")
    assert (tried.states, tried.places) == (dict.fromkeys(IDS, "Failed"), ["shop/orders.py:2"])
    repository.git("checkout", "-q", "back")
    repository.stage({"front/tool.py": "import shop.other\n"})
    assert repository.commit().states == {"ssot-lint": "Skipped", "ssot-lint-full": "Passed"}
