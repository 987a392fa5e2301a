"""The cache is invisible: the same with it, without it, and whatever stands in its place."""

from __future__ import annotations

import json
import os
import random
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from ssot_lint.dev.cases import lay_out
from ssot_lint.engine import indexing, reading
from ssot_lint.facts.read import read
from ssot_lint.facts.second_look import read_details
from ssot_lint.model.facts import encode
from ssot_lint.parsing.reader import UnreadableSourceError
from ssot_lint.workspace import pack as packs
from ssot_lint.workspace.cache import _version
from ssot_lint.workspace.pack import Pack, Seen, digest_of, read_pack, write_pack
from ssot_lint.workspace.sources import read_source
from ssot_lint.workspace.storage import FOLDER, pack_folder
from tests import facts_digest, made_projects
from tests.conftest import SHOP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.conftest import CommandLine, Outcome, Project

CHECKOUT = Path(__file__).parents[1]
FIRST, SECOND = f"{FOLDER}/facts/first-look", f"{FOLDER}/facts/second-look"
JSON = ("--output-format", "json")
BOTH = {
    **SHOP,
    "ssot.toml": '[[concept]]\nname = "cart"\nhome = "shop.cart:Cart"\nlooks-like = ["*Cart"]\n',
    "shop/gifts.py": "class GiftCart:\n    def put(self):\n        return 1\n",
}
"""The shop with a file that gets a second look."""

BASKET = '[[concept]]\nname = "basket"\nhome = "shop.cart:Basket"\n'
CART = '[[concept]]\nname = "cart"\nhome = "shop.cart:Cart"\n'
USES: Mapping[str, str | bytes] = {
    "shop/__init__.py": "",
    "shop/cart.py": "class Cart:\n    pass\n\n\nclass Basket:\n    pass\n",
    "shop/compat.py": "from shop.cart import Basket, Cart\n",
    "shop/cart_user.py": "import shop.compat as m\nx = m.Cart()\n",
    "shop/basket_user.py": "import shop.compat as m\nx = m.Basket()\n",
    "shop/odd.py": "import shop.compat as m\nx = (m.Basket, m. Cart)\n",
    "shop/seven.py": b"# coding: utf-7\nimport shop.compat as m\nx = m.+AEM-art\n",
    "tests/test_patch.py": 'patch("shop.compat.Cart")\npatch.multiple("shop.compat", Basket=1, Cart =2)\n',
    "shop/plain.py": "x = 1\n",
}
STEPS = 30

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX only")
permissions = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read and write everything"
)


@pytest.fixture(autouse=True)
def _without_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)


@pytest.fixture
def trusting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let sizes and times stand for a digest a few milliseconds after a file was changed, not seconds."""
    monkeypatch.setattr("ssot_lint.workspace.cache._LEEWAY", 10_000_000)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do in this process what workers do; starting them takes longer than all the rest."""

    def run(task: Any, items: Any, **_: Any) -> Any:  # noqa: ANN401 - passed through as it comes
        return ((number, task.task(item)) for number, item in enumerate(items))

    monkeypatch.setattr("ssot_lint.parsing.pool.run", run)


def result(cli: CommandLine, root: Path, *arguments: str) -> Outcome:
    return cli(*JSON, *arguments, cwd=root)


def checked(cli: CommandLine, root: Path, *arguments: str) -> Outcome:
    """Return what a run with the cache says, which must be what one without it says."""
    warm = result(cli, root, *arguments)
    assert warm == result(cli, root, "--no-cache", *arguments)
    return warm


def codes(outcome: Outcome) -> list[str]:
    """Return where the noncanonical imports are."""
    return [one["path"] for one in json.loads(outcome.out)["findings"] if one["code"] == "SSOT201"]


def pack_at(path: Path) -> Pack | None:
    found = read_pack(path, _version(), foreign=True)
    return found.pack if found is not None else None


def is_good(path: Path) -> bool:
    return pack_at(path) is not None


def names(root: Path) -> set[str]:
    """Return what stands in the folder of the packs, beside what each has of newer things."""
    return {one.name.removesuffix("-newer") for one in (root / FIRST).parent.iterdir()}


# Whatever is edited


class Editor:
    """Edits a project by chance, in all the ways in which a cache could miss it."""

    def __init__(self, root: Path, chance: random.Random) -> None:
        self._root = root
        self._chance = chance
        self._before: list[tuple[str, bytes]] = []
        self._steps: tuple[Callable[[], str], ...] = (
            *(self.change, self.change, self.create, self.delete, self.rename, self.swap, self.restore),
            *(self.policy, self.policy, self.alias, self.back, self.same_size, self.same_size, self.shim),
        )

    def step(self) -> str:
        """Edit something; return what was done."""
        done = self._chance.choice(self._steps)
        return f"{done.__name__} {done()}"

    def change(self) -> str:
        return self._write(self._any(), made_projects.module(self._chance))

    def create(self) -> str:
        name = f"shop/{self._chance.choice(('new', 'parts/new', 'deep/er/new', 'cart/__init__', 'a/__init__'))}.py"
        return self._write(name, made_projects.module(self._chance))

    def delete(self) -> str:
        path = self._any()
        self._before.append((path, (self._root / path).read_bytes()))
        (self._root / path).unlink()
        return path

    def rename(self) -> str:
        path = self._any()
        target = f"shop/{self._chance.choice(made_projects.MODULES).replace('.', '/')}.py"
        (self._root / path).rename(self._root / target)
        return f"{path} {target}"

    def swap(self) -> str:
        one, other = self._any(), self._any()
        data, times = (self._root / one).read_bytes(), (self._root / one).stat()
        self._write(one, (self._root / other).read_bytes())
        self._write(other, data)
        os.utime(self._root / other, ns=(times.st_atime_ns, times.st_mtime_ns))
        return f"{one} {other}"

    def restore(self) -> str:
        """Give a file what another path, or itself, had before."""
        if not self._before:
            return ""
        path, data = self._chance.choice(self._before)
        return self._write(path, data)

    def back(self) -> str:
        """Take the last edit back."""
        return self._write(*self._before[-1]) if self._before else ""

    def policy(self) -> str:
        (self._root / "ssot.toml").write_bytes(made_projects.policy(self._chance))
        return (self._root / "ssot.toml").read_text(encoding="utf-8")

    def alias(self) -> str:
        """Give the objects of the concepts another name to look for, or take it away."""
        path = self._root / "shop/money.py"
        text = path.read_text(encoding="utf-8")
        alias = "from shop.cart import Cart\n\nTrolley = Cart\n"
        path.write_text(text.replace(alias, "") if alias in text else text + alias, encoding="utf-8")
        return str(alias in text)

    def shim(self) -> str:
        return self._write("shop/compat.py", b"from shop.cart import Cart as Trolley, Basket\n")

    def same_size(self) -> str:
        """Change a name of a file, and neither its size nor its time of change."""
        path = self._any()
        data, times = (self._root / path).read_bytes(), (self._root / path).stat()
        old, new = self._chance.choice(((b"Cart", b"Carx"), (b"Carx", b"Cart"), (b"shop.a", b"shop.b"), (b"_", b"x")))
        self._write(path, data.replace(old, new))
        os.utime(self._root / path, ns=(times.st_atime_ns, times.st_mtime_ns))
        assert (self._root / path).stat().st_size == times.st_size
        return path

    def _any(self) -> str:
        keep = ("shop/cart.py", "shop/money.py")
        paths = (path.relative_to(self._root).as_posix() for path in self._root.rglob("*.py"))
        return self._chance.choice(sorted(path for path in paths if path not in keep))

    def _write(self, path: str, data: bytes) -> str:
        full = self._root / path
        if full.exists():
            self._before.append((path, full.read_bytes()))
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_bytes(data)
        return path


@pytest.mark.usefixtures("trusting", "here")
@pytest.mark.parametrize("seed", range(8))
def test_after_every_edit_it_is_the_same(cli: CommandLine, project: Project, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    root = project(made_projects.project(chance))
    editor = Editor(root, chance)
    done: list[str] = []
    findings = 0
    for _ in range(STEPS):
        warm = result(cli, root)
        assert warm == result(cli, root, "--no-cache"), done
        assert warm.code in (0, 1, 2)
        findings += warm.out.count('"fingerprint"')
        done.append(editor.step())
    assert findings > STEPS


@pytest.mark.usefixtures("trusting", "here")
def test_policies_back_and_forth(cli: CommandLine, project: Project) -> None:
    root = project(USES)
    seen = set()
    for text in (BASKET, BASKET + CART, "", CART, "", BASKET, CART + BASKET, CART):
        project({"ssot.toml": text})
        seen.add(checked(cli, root).out)
    assert len(seen) == 4


def test_no_policy_at_first(cli: CommandLine, project: Project) -> None:
    """That a run looked for no names does not mean that it looked for those of the next."""
    root = project({**USES, "ssot.toml": CART})
    assert codes(checked(cli, root, "--isolated")) == []
    assert "shop/cart_user.py" in codes(checked(cli, root))


def test_an_encoding_that_hides_a_name(cli: CommandLine, project: Project) -> None:
    root = project({**USES, "ssot.toml": BASKET})
    assert "shop/seven.py" not in codes(checked(cli, root))
    project({"ssot.toml": CART})
    assert "shop/seven.py" in codes(checked(cli, root))


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("how", ["changed", "gone", "fails"])
def test_what_is_not_read_again_is_not_remembered(
    cli: CommandLine, project: Project, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """A file that is changed, or fails, between the first look and that for other names."""
    root = project({**USES, "ssot.toml": BASKET})
    checked(cli, root)
    project({"ssot.toml": CART})
    path = root / "shop/cart_user.py"
    data, again = path.read_bytes(), reading.read_again

    def disturbed(*arguments: Any) -> Any:  # noqa: ANN401 - passed through as it comes
        if how == "gone":
            path.unlink()
        elif how == "changed":
            path.write_bytes(b"x = 1\n")
        else:
            monkeypatch.setattr(reading, "read", failing)
        return again(*arguments)

    def failing(data: bytes, tokens: Any = ()) -> Any:  # noqa: ANN401 - passed through as it comes
        if b"m.Cart()" in data:
            raise UnreadableSourceError("over-limit", "not now")
        return read(data, tokens)

    monkeypatch.setattr(indexing, "read_again", disturbed)
    result(cli, root)
    monkeypatch.setattr(indexing, "read_again", again)
    monkeypatch.setattr(reading, "read", read)
    path.write_bytes(data)
    assert "shop/cart_user.py" in codes(checked(cli, root))


# What stands in its place


def sealed(body: bytes) -> bytes:
    """Return bytes as a pack that has not been damaged."""
    return packs._MAGIC + digest_of(body) + body  # noqa: SLF001 - what a forger could write


def damaged(data: bytes) -> Iterator[bytes]:
    """Yield a pack's bytes as they must not be believed."""
    head = len(packs._MAGIC) + packs.DIGEST_SIZE  # noqa: SLF001 - the format
    yield from (b"", data[:1], data[:head], data[:-1], data[: len(data) // 2], data + b"x", b"\0" * len(data))
    for at in (*range(head + 8), *range(head + 8, len(data), len(data) // 25 + 1), len(data) - 1):
        yield data[:at] + bytes((data[at] ^ 0x55,)) + data[at + 1 :]
    yield data.replace(b"pack 1", b"pack 2", 1)
    body = data[head:]
    yield sealed(b"")
    yield sealed(body + b"x")
    yield sealed(b"\xdd\xff\xff\xff\xff")
    yield sealed(b"\x96\xa1v\x93\0\0\0\0\xdd\xff\xff\xff\xff")
    yield sealed(b"\x96\xa1v\x93\0\0\0\0\x90\xdf\xff\xff\xff\xff")
    yield sealed(b"\x96\xa1v\x93\0\0\0\0\x90\x80\x81\xc4\x01a\xc6\xff\xff\xff\xff")
    yield sealed(b"\x96\xa1\xff\x93\0\0\0\0\x90\x80\x80")
    yield sealed(b"\x91" * 100_000)
    yield sealed(body.replace(_version().encode(), _version().encode()[:-1] + b"?"))


@pytest.mark.parametrize("name", [FIRST, SECOND])
def test_damaged_packs(cli: CommandLine, project: Project, name: str) -> None:
    root = project(BOTH)
    expected = checked(cli, root)
    good = (root / name).read_bytes()
    for number, bad in enumerate(damaged(good)):
        assert bad != good, number
        (root / name).write_bytes(bad)
        assert result(cli, root) == expected, number
        assert is_good(root / name), number
    assert number > 70


@pytest.mark.parametrize("name", [FIRST, SECOND])
def test_a_pack_of_another_version(cli: CommandLine, project: Project, name: str) -> None:
    root = project(BOTH)
    expected = checked(cli, root)
    pack = pack_at(root / name)
    assert pack is not None
    write_pack(root / name, msgspec.structs.replace(pack, version="1", contents=dict.fromkeys(pack.contents, b"f")))
    assert result(cli, root) == expected
    assert is_good(root / name)


@posix
@pytest.mark.parametrize("name", [FIRST, SECOND])
@pytest.mark.parametrize("what", ["folder", "full folder", "link", "link to nothing", "fifo", "link to itself"])
def test_other_things_in_its_place(cli: CommandLine, project: Project, tmp_path: Path, name: str, what: str) -> None:
    root = project(BOTH)
    expected = checked(cli, root)
    path, other = root / name, tmp_path / "other"
    path.replace(other)
    kept = other.read_bytes()
    if "folder" in what:
        path.mkdir()
        if what == "full folder":
            (path / "precious").touch()
    elif what == "fifo":
        os.mkfifo(path)
    else:
        path.symlink_to({"link": other, "link to nothing": tmp_path / "nothing", "link to itself": path}[what])
    for _ in range(2):
        assert result(cli, root) == expected
    assert other.read_bytes() == kept
    assert not (tmp_path / "nothing").exists()
    if "folder" in what:  # nothing is deleted that is not ours
        assert path.is_dir()
    else:
        assert is_good(path)
    assert [one.name for one in path.parent.iterdir() if one.name.startswith(".")] == []


@permissions
@pytest.mark.parametrize("mode", [0o000, 0o500])
@pytest.mark.parametrize("name", [FIRST, f"{FOLDER}/facts", FOLDER])
def test_what_may_not_be_read_or_written(cli: CommandLine, project: Project, name: str, mode: int) -> None:
    root = project(BOTH)
    expected = checked(cli, root)
    (root / name).chmod(mode)
    assert result(cli, root) == expected
    project({"shop/orders.py": SHOP["shop/checkout.py"]})
    checked(cli, root)
    (root / name).chmod(0o700)
    checked(cli, root)
    assert is_good(root / FIRST)


@pytest.mark.parametrize("name", [FOLDER, f"{FOLDER}/facts"])
def test_a_file_in_the_place_of_the_folder(cli: CommandLine, project: Project, name: str) -> None:
    root = project({**BOTH, name: "precious\n"})
    for _ in range(2):
        checked(cli, root)
    assert (root / name).read_text(encoding="utf-8") == "precious\n"


@posix
def test_a_full_disk(cli: CommandLine, project: Project) -> None:
    root = project(BOTH)
    expected = checked(cli, root)
    before = (root / FIRST).read_bytes()
    project({"shop/more.py": "x = 1\n"})

    def limit() -> None:
        import resource  # noqa: PLC0415 - POSIX only

        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

    done = subprocess.run(
        command(root),
        cwd=root,
        env=environment(),
        capture_output=True,
        check=False,
        preexec_fn=limit,
    )
    assert (done.returncode, done.stderr) == (expected.code, b"")
    assert done.stdout.decode() == result(cli, root, "--no-cache").out
    assert (root / FIRST).read_bytes() == before
    assert names(root) == {"first-look", "second-look"}


@posix
def test_no_link_leads_out(cli: CommandLine, project: Project, tmp_path: Path) -> None:
    """Neither is a pack read that a link leads to, nor is one written there."""
    root = project({**BOTH, f"{FOLDER}/.gitignore": "*\n"})
    outside = tmp_path / "outside"
    outside.mkdir()
    (root / FOLDER / "facts").symlink_to(outside)
    for _ in range(2):
        checked(cli, root)
    assert not list(outside.iterdir())


# Foreign packs


@pytest.fixture
def forged(cli: CommandLine, shop: Path) -> Pack:
    """A pack that says of a file with a finding that it holds nothing."""
    assert codes(checked(cli, shop)) == ["shop/checkout.py", "tests/test_cart.py"]
    pack = pack_at(shop / FIRST)
    assert pack is not None
    lie = {digest_of((shop / "shop/checkout.py").read_bytes()): b"f" + encode(read(b""))}
    return msgspec.structs.replace(pack, contents={**pack.contents, **lie}, seen={})


LIED = ["tests/test_cart.py"]


def test_a_pack_that_the_tree_brings_is_not_believed(
    cli: CommandLine, shop: Path, forged: Pack, tmp_path: Path
) -> None:
    write_pack(shop / FIRST, forged)
    assert codes(result(cli, shop)) == LIED  # a run of ours could have written this very file
    write_pack(tmp_path / "first-look", forged)
    (shop / FIRST).unlink()
    shutil.copy2(tmp_path / "first-look", shop / FIRST)
    assert codes(checked(cli, shop)) != LIED
    write_pack(shop / FIRST, forged)
    shutil.copytree(shop, tmp_path / "clone", symlinks=True)
    assert codes(checked(cli, tmp_path / "clone")) != LIED


def test_a_copy_inside_is_not_believed_by_any_name(cli: CommandLine, shop: Path, forged: Pack, tmp_path: Path) -> None:
    write_pack(tmp_path / "first-look", forged)
    for folder in ("caches", "deep/caches"):
        target = pack_folder(shop, shop / folder)
        target.mkdir(parents=True)
        shutil.copy2(tmp_path / "first-look", target / "first-look")
        (shop / folder / "CACHEDIR.TAG").write_bytes((shop / FOLDER / "CACHEDIR.TAG").read_bytes())
        assert codes(checked(cli, shop, "--cache-dir", folder)) != LIED


def test_a_folder_outside_is_the_users_own(cli: CommandLine, shop: Path, forged: Pack, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    target = pack_folder(shop, outside)
    target.mkdir(parents=True)
    (outside / "CACHEDIR.TAG").write_bytes((shop / FOLDER / "CACHEDIR.TAG").read_bytes())
    write_pack(tmp_path / "first-look", forged)
    shutil.copy(tmp_path / "first-look", target / "first-look")
    assert codes(result(cli, shop, "--cache-dir", str(outside))) == LIED
    assert codes(checked(cli, shop)) != LIED


@posix
def test_a_link_to_a_folder_outside_is_not_followed(cli: CommandLine, shop: Path, forged: Pack, tmp_path: Path) -> None:
    """A tree may have a root below its top, and bring a folder beside it."""
    outside = tmp_path / FOLDER
    for target in (pack_folder(shop, outside), outside / "facts"):
        target.mkdir(parents=True, exist_ok=True)
        write_pack(target / "first-look", forged)
    shutil.rmtree(shop / FOLDER)
    (shop / FOLDER).symlink_to(outside)
    assert codes(checked(cli, shop)) != LIED
    (shop / "link").symlink_to(outside)
    assert codes(checked(cli, shop, "--cache-dir", "link")) != LIED


# Several runs at once


def command(root: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "ssot_lint", "--root", str(root), *JSON, "--jobs", "1", *arguments]


def environment() -> dict[str, str]:
    return {**{name: text for name, text in os.environ.items() if name != "CI"}, "PYTHONPATH": str(CHECKOUT)}


@pytest.mark.parametrize("warm", [False, True])
def test_several_runs_while_a_file_changes(cli: CommandLine, project: Project, tmp_path: Path, *, warm: bool) -> None:
    root = project({**BOTH, **{f"shop/more_{n}.py": f"from shop.compat import Cart\nx = {n}\n" for n in range(20)}})
    path = root / "shop/checkout.py"
    states = [path.read_bytes(), b"from shop.orders import Cart\n", b"import os\n\nfrom shop.cart import Cart  \n"]
    expected = set()
    for state in states:
        path.write_bytes(state)
        expected.add(result(cli, root, "--no-cache").out)
    assert len(expected) == 3
    if warm:
        checked(cli, root)
    runs = [
        subprocess.Popen(command(root), cwd=root, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    edits = 0
    while any(run.poll() is None for run in runs):
        (tmp_path / "new").write_bytes(states[edits % 3])
        (tmp_path / "new").replace(path)
        edits += 1
    for run in runs:
        out, err = run.communicate()
        assert (run.returncode, err) == (1, b"")
        assert out.decode() in expected
    assert edits > 10
    assert is_good(root / FIRST)
    assert is_good(root / SECOND)
    assert names(root) == {"first-look", "second-look"}
    checked(cli, root)


# What is newer

NEWER = f"{FIRST}-newer"


@pytest.fixture
def edited(cli: CommandLine, project: Project) -> Path:
    """A project of which a small pack knows what was edited last."""
    root = project({**BOTH, **{f"shop/part{number}.py": f"class Part{number}: ...\n" * 9 for number in range(30)}})
    checked(cli, root)
    before = (root / FIRST).read_bytes()
    (root / "shop/part1.py").write_text("from shop.compat import Cart\n", encoding="utf-8")
    assert "shop/part1.py" in codes(checked(cli, root))
    assert (root / FIRST).read_bytes() == before
    assert is_good(root / NEWER)
    return root


def test_what_is_newer_is_remembered(cli: CommandLine, edited: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "read", lambda *_: pytest.fail("read again"))
    assert "shop/part1.py" in codes(result(cli, edited))


@pytest.mark.parametrize("damage", [b"", b"other", None])
def test_a_damaged_newer_pack_is_read_over(cli: CommandLine, edited: Path, damage: bytes | None) -> None:
    whole = (edited / NEWER).read_bytes()
    (edited / NEWER).write_bytes(whole[:-9] + b"damaged!!" if damage is None else damage)
    assert "shop/part1.py" in codes(checked(cli, edited))
    assert is_good(edited / NEWER)


def test_a_newer_pack_counts_beside_its_own_pack_only(cli: CommandLine, edited: Path) -> None:
    """One that a run wrote which had another pack before it may say what another policy asks for."""
    pack, newer = pack_at(edited / FIRST), pack_at(edited / NEWER)
    assert pack is not None
    assert newer is not None
    lie = {digest_of((edited / "shop/part1.py").read_bytes()): b"f" + encode(read(b""))}
    write_pack(edited / NEWER, msgspec.structs.replace(newer, contents=lie))
    assert "shop/part1.py" not in codes(result(cli, edited))  # a run of ours could have written this very file
    write_pack(edited / NEWER, msgspec.structs.replace(newer, contents=lie, seen={}))
    write_pack(edited / FIRST, msgspec.structs.replace(pack, begun=pack.begun + 1))
    assert "shop/part1.py" in codes(checked(cli, edited))


def test_a_newer_pack_that_the_tree_brings_is_not_believed(cli: CommandLine, edited: Path, tmp_path: Path) -> None:
    newer = pack_at(edited / NEWER)
    assert newer is not None
    lie = {digest_of((edited / "shop/part1.py").read_bytes()): b"f" + encode(read(b""))}
    write_pack(tmp_path / "forged", msgspec.structs.replace(newer, contents=lie, seen={}))
    (edited / NEWER).unlink()
    shutil.copy2(tmp_path / "forged", edited / NEWER)
    assert "shop/part1.py" in codes(checked(cli, edited))


# Sizes and times


@pytest.mark.parametrize("ci", ["", "true"])
def test_times_are_not_trusted_in_ci(cli: CommandLine, shop: Path, monkeypatch: pytest.MonkeyPatch, ci: str) -> None:
    """A pack that holds of a file's size, times and inode what is there now, and a digest of what was there before."""
    checked(cli, shop)
    path = shop / "shop/checkout.py"
    old = digest_of(path.read_bytes())
    path.write_bytes(path.read_bytes().replace(b"compat", b"cart  "))
    status = path.stat()
    pack = pack_at(shop / FIRST)
    assert pack is not None
    seen = Seen(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, old)
    later = msgspec.structs.replace(pack, seen={**pack.seen, b"shop/checkout.py": seen}, begun=pack.begun + 10**12)
    write_pack(shop / FIRST, later)
    monkeypatch.setenv("CI", ci)
    trusted = codes(result(cli, shop)) == ["shop/checkout.py", "tests/test_cart.py"]
    assert trusted == (not ci and os.name == "posix")


def test_what_was_just_changed_is_hashed(cli: CommandLine, shop: Path) -> None:
    """Within the leeway nothing stands for a digest: a second edit in one tick of the clock could not be seen."""
    checked(cli, shop)
    path = shop / "shop/checkout.py"
    old = digest_of(path.read_bytes())
    path.write_bytes(path.read_bytes().replace(b"compat", b"cart  "))
    status = path.stat()
    pack = pack_at(shop / FIRST)
    assert pack is not None
    seen = Seen(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, old)
    write_pack(shop / FIRST, msgspec.structs.replace(pack, seen={b"shop/checkout.py": seen}))
    assert codes(checked(cli, shop)) == ["tests/test_cart.py"]


# What it saves


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What is parsed, at the first look, for other names, or at the second."""
    seen: list[bytes] = []

    def first(data: bytes, *rest: Any) -> Any:  # noqa: ANN401 - passed through as it comes
        seen.append(data)
        return read(data, *rest)

    def second(data: bytes, *rest: Any) -> Any:  # noqa: ANN401 - the same
        seen.append(data)
        return read_details(data, *rest)

    monkeypatch.setattr(reading, "read", first)
    monkeypatch.setattr(reading, "read_details", second)
    return seen


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The source files that are opened."""
    seen: list[str] = []

    def counted(root: Path, path: str) -> bytes:
        seen.append(path)
        return read_source(root, path)

    monkeypatch.setattr("ssot_lint.workspace.sources.read_source", counted)
    return seen


@posix
@pytest.mark.usefixtures("trusting")
def test_only_what_was_changed_is_read(
    cli: CommandLine, project: Project, parsed: list[bytes], opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ssot_lint.engine.source_lines", lambda *_: {})  # what findings stand on is read to be shown
    root = project(BOTH)
    for path in root.rglob("*.py"):
        os.utime(path, (1, 1))
    monkeypatch.setattr("ssot_lint.workspace.cache._LEEWAY", -(10**12))
    expected = result(cli, root)
    assert len(opened) > len(set(opened)) == 7  # some of them for the second look
    parsed.clear()
    opened.clear()
    assert result(cli, root) == expected
    assert (parsed, opened) == ([], [])
    project({"shop/orders.py": SHOP["shop/checkout.py"]})
    result(cli, root)
    assert parsed == []  # the same bytes are known from another path
    assert set(opened) == {"shop/orders.py"}
    opened.clear()
    project({"shop/gifts.py": BOTH["shop/gifts.py"] + "\n"})
    result(cli, root)
    assert set(parsed) == {(root / "shop/gifts.py").read_bytes()}
    assert set(opened) == {"shop/gifts.py"}


def test_what_a_whole_run_has_seen_serves_the_runs_about_a_file(
    cli: CommandLine, tmp_path: Path, parsed: list[bytes]
) -> None:
    """They ask less of most files, and what was looked for in one holds the less."""
    root = lay_out(CHECKOUT / "fixtures/_projects/golden-path", tmp_path / "chat")
    assert codes(result(cli, root))
    parsed.clear()
    for path in sorted(root.rglob("*.py")):
        result(cli, root, str(path))
    assert parsed == []


def test_what_was_looked_for_in_a_file_is_told_from_what_was_not(
    cli: CommandLine, tmp_path: Path, parsed: list[bytes]
) -> None:
    """A run about a file asks little of the others; the whole run then asks more of them, and the next has it all."""
    root = lay_out(CHECKOUT / "fixtures/_projects/golden-path", tmp_path / "chat")
    expected = result(cli, root, "--no-cache")
    for path in sorted(root.rglob("*.py")):
        result(cli, root, str(path))
    assert result(cli, root) == expected
    parsed.clear()
    assert result(cli, root) == expected
    assert parsed == []


def test_without_it_nothing_is_read_or_written(cli: CommandLine, shop: Path, forged: Pack) -> None:
    write_pack(shop / FIRST, forged)
    before = {path: path.stat().st_mtime_ns for path in (shop / FOLDER).rglob("*")}
    assert codes(result(cli, shop, "--no-cache")) != LIED
    assert {path: path.stat().st_mtime_ns for path in (shop / FOLDER).rglob("*")} == before
    shutil.rmtree(shop / FOLDER)
    result(cli, shop, "--no-cache")
    assert not (shop / FOLDER).exists()


@pytest.mark.usefixtures("here")
def test_another_policy_costs_what_holds_its_names(cli: CommandLine, project: Project, parsed: list[bytes]) -> None:
    root = project({**USES, "ssot.toml": BASKET})
    result(cli, root, "--select", "SSOT201")
    parsed.clear()
    project({"ssot.toml": BASKET + CART})
    result(cli, root, "--select", "SSOT201")
    read_again = {path for path in USES if (root / path).read_bytes() in parsed}
    assert read_again == {"shop/cart_user.py", "shop/seven.py", "tests/test_patch.py"}


def test_it_is_private_and_no_part_of_the_project(cli: CommandLine, shop: Path) -> None:
    result(cli, shop)
    for path in (shop / FOLDER, *(shop / FOLDER).rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0 or sys.platform == "win32"
    assert (shop / FOLDER / ".gitignore").read_text(encoding="utf-8").endswith("\n*\n")


# What facts say


def test_other_facts_have_another_version() -> None:
    was, now = facts_digest.stored(), facts_digest.made()
    assert was["version"] == now["version"], f"the version is another one: run {facts_digest.COMMAND}"
    assert len(was["files"].keys() & now["files"].keys()) > len(now["files"]) / 2, f"run {facts_digest.COMMAND}"
    assert not facts_digest.changed(was, now), facts_digest.RAISE
