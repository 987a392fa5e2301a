"""`ssot-lint report --format markdown`: the tracker, and how it is written over itself."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt

from ssot_lint.reporters.tracker import ROOM, length

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import CommandLine, Outcome, Project

POLICY = """\
ignore = ["unresolved-import"]

[[concept]]
name = "cart"
home = "shop.cart:Cart"
priority = "P2"

[[concept]]
name = "order"
home = "shop.order:Order"
issue = "https://example.org/issues/9"
priority = "P0"
impact = "orders vanish"
"""

FILES = {
    "ssot.toml": POLICY,
    "shop/__init__.py": "",
    "shop/cart.py": "class Cart:\n    pass\n",
    "shop/order.py": "class Order:\n    pass\n",
    "shop/compat.py": "from shop.cart import Cart\nfrom shop.order import Order\n",
    "shop/desk.py": "from shop.compat import Cart\n\nCart()\n",
    "shop/till.py": "from shop.compat import Order\n\nOrder()\n",
}
HEADINGS = [
    *("Summary", "Process", "Findings by concept", "Files requiring consolidation", "Existing tests", "Test plan"),
    *("Remediation plan", "Success criteria", "Change since the last report", "Notes"),
]


@pytest.fixture
def root(project: Project) -> Path:
    return project(FILES)


def write(cli: CommandLine, root: Path, *arguments: str) -> Outcome:
    return cli("report", "--output", "report.md", "--no-cache", *arguments, cwd=root)


def text_of(cli: CommandLine, root: Path, *arguments: str) -> str:
    outcome = write(cli, root, *arguments)
    assert outcome.code == 0, outcome.err
    return (root / "report.md").read_bytes().decode()


def boxes(text: str, heading: str) -> dict[str, bool]:
    """Return the check-boxes of a section: whether each is ticked, by how it begins."""
    section = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    found = re.findall(r"^- \[([ x])\] ([^:.(]*)", section, re.MULTILINE)
    return {title.strip("* "): mark == "x" for mark, title in found}


def test_every_section_is_there_in_order(cli: CommandLine, root: Path) -> None:
    text = text_of(cli, root)
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == HEADINGS
    head = text.partition("\n## ")[0]
    assert "- issue: https://example.org/issues/9\n" in head
    assert "- priority: P0\n" in head
    assert "- next: `order`" in head
    assert "- status: open, 6 of 10 steps done\n" in head
    assert "impact of `order`: orders vanish" in text
    assert cli("report", "--no-cache", cwd=root).out == text
    assert cli("report", "--format", "markdown", "--no-cache", "--jobs", "3", cwd=root).out == text


def test_the_most_urgent_concept_comes_first(cli: CommandLine, root: Path) -> None:
    titles = re.findall(r"^### \d\. (.*)$", text_of(cli, root), re.MULTILINE)
    assert titles == ["order", "cart"]
    (root / "shop/till.py").write_text("")
    (root / "shop/compat.py").write_text("from shop.cart import Cart\n")
    titles = re.findall(r"^### \d\. (.*)$", text_of(cli, root), re.MULTILINE)
    assert titles == ["cart", "order"]


def test_the_figures_are_those_of_check(cli: CommandLine, root: Path) -> None:
    text = text_of(cli, root)
    summary = json.loads(cli("--output-format", "json", "--no-cache", cwd=root).out)["summary"]
    assert f"- {summary['findings']} findings (2 errors, 2 warnings) in {summary['analysed']} files" in text
    assert "- score of all concepts together: 50 (2 of 4 canonical)" in text
    assert summary["score"]["cart"] == {"canonical": 1, "total": 2, "score": 50.0}


def test_boxes_tick_and_untick_themselves(cli: CommandLine, root: Path) -> None:
    first = text_of(cli, root)
    assert boxes(first, "Process") == {
        "Discover the next SSOT departure": True,
        "Find the existing tests": False,
        "Plan and write the new tests": False,
        "Plan the remediation": True,
        "Execute the plan": False,
        "Run the tests until they are green": False,
        "Close with a report": False,
    }
    assert not boxes(first, "Test plan")["`SSOT201[noncanonical-import]`"]
    assert "- [ ] the score of every concept is 100 (0 of 2)" in first
    (root / "report.md").write_text(first.replace("- [ ] **Execute the plan", "- [x] **Execute the plan"))
    assert boxes(text_of(cli, root), "Process") == boxes(first, "Process")

    assert cli("--fix", "--unsafe-fixes", "--no-cache", cwd=root).code == 0
    (root / "tests").mkdir()
    (root / "tests/test_all.py").write_text("from shop.cart import Cart\nfrom shop.order import Order\n")
    done = text_of(cli, root)
    assert "- [ ]" not in done
    assert "- status: done\n" in done
    assert "- findings: 0 (-4)" in done
    assert (
        "- `order`: findings 0 (-2); steps 5 (+2); score 100 (3 of 3 canonical), before 50 (1 of 2 canonical)" in done
    )

    (root / "shop/again.py").write_text("from shop.order import Order\n\n__all__ = ['Order']\n")
    again = text_of(cli, root)
    assert not boxes(again, "Process")["Execute the plan"]
    assert boxes(again, "Process")["Find the existing tests"]
    assert "- findings: 1 (+1)" in again


def test_without_a_change_nothing_changes(cli: CommandLine, root: Path) -> None:
    text_of(cli, root)
    (root / "shop/till.py").write_text("")
    second = text_of(cli, root)
    assert "- `order`: findings 0 (-2)" in second
    assert text_of(cli, root) == second
    assert "report.md is as it was" in write(cli, root).out


NOTES = (
    b"We wait for #12.\r\n\r\n\t`x` | <b>\xff</b> <!-- mine -->\r\n- [x] asked Ann\n\n\n  ## Summary\n"
    b"no newline at the end"
)


def test_notes_survive_byte_for_byte(cli: CommandLine, root: Path) -> None:
    text_of(cli, root)
    path = root / "report.md"
    data = path.read_bytes()
    mine = b"<!-- ssot-lint: notes my own -->\nelsewhere\n<!-- ssot-lint: end notes -->"
    for name in (b"summary", b"concept order"):
        opening = b"<!-- ssot-lint: notes " + name + b" -->\n"
        assert data.count(opening) == 1
        data = data.replace(opening + b"\n", opening + NOTES)
    path.write_bytes(data.replace(b"## Process\n", b"## Process\n" + mine + b"\n"))
    (root / "shop/till.py").write_text("")
    assert write(cli, root).code == 0
    after = path.read_bytes()
    assert after.count(b"-->\n" + NOTES + b"<!-- ssot-lint: end notes -->") == 2
    assert after.partition(b"## Notes")[2].count(mine) == 1
    assert write(cli, root).code == 0
    assert path.read_bytes() == after


def test_notes_survive_the_line_ends_of_a_browser(cli: CommandLine, root: Path) -> None:
    text_of(cli, root)
    path = root / "report.md"
    opening = b"<!-- ssot-lint: notes decisions -->\n"
    data = path.read_bytes().replace(opening + b"\n", opening + b"one\ntwo\n").replace(b"\n", b"\r\n")
    path.write_bytes(data)
    assert write(cli, root).code == 0
    assert opening + b"one\r\ntwo\r\n<!-- ssot-lint: end notes -->\n" in path.read_bytes()


def test_notes_of_a_concept_that_is_gone_stay(cli: CommandLine, root: Path) -> None:
    path = root / "report.md"
    opening = "<!-- ssot-lint: notes concept cart -->\n"
    path.write_text(text_of(cli, root).replace(opening, f"{opening}ask Bob"))
    assert write(cli, root, "order").code == 0
    text = path.read_text()
    assert f"{opening}ask Bob\n<!-- ssot-lint: end notes -->" in text.partition("## Notes")[2]
    assert "- `cart`: no longer in this report" in text
    assert text.startswith("# SSOT tracker: order\n")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("# My plans\n", "it is no report of ssot-lint"),
        ("text <!-- ssot-lint: report {} -->\n", "it is no report of ssot-lint"),
        ("<!-- ssot-lint: report {} -->\n", "line 1: its figures are damaged"),
        ("\n<!-- ssot-lint: report [1 -->\n", "line 2: its figures are damaged"),
        ('<!-- ssot-lint: report {"version":2} -->\n', "a newer ssot-lint has written it"),
        ("NOW\n<!-- ssot-lint: notes x -->\nprecious\n", "line 3: it opens notes that have no end"),
        ("NOW\n<!--ssot-lint: notes x-->\nprecious\n", "line 3: it opens notes otherwise than with"),
    ],
)
def test_what_would_be_lost_is_not_written_over(cli: CommandLine, root: Path, content: str, said: str) -> None:
    now = '<!-- ssot-lint: report {"version":1,"figures":{"findings":0,"failing":0,"concepts":{}},"before":null} -->\n'
    content = content.replace("NOW\n", f"{now}")
    if content.startswith(now):
        said = said.replace("line 3", "line 2")
    path = root / "report.md"
    path.write_text(content)
    outcome = write(cli, root)
    assert outcome.code == 2
    assert said in outcome.err
    assert "left as it is" in outcome.err
    assert path.read_text() == content
    assert sorted(one.name for one in root.iterdir()) == [".git", "report.md", "shop", "ssot.toml"]


def test_an_empty_file_is_written_and_a_link_is_not(cli: CommandLine, root: Path) -> None:
    (root / "report.md").write_text("\n")
    assert write(cli, root).code == 0
    (root / "link.md").symlink_to("report.md")
    before = (root / "report.md").read_text()
    outcome = cli("report", "--output", "link.md", "--no-cache", cwd=root)
    assert outcome.code == 2
    assert "it is no regular file" in outcome.err
    assert (root / "report.md").read_text() == before
    assert cli("report", "--output", "nowhere/report.md", "--no-cache", cwd=root).code == 2


def test_the_permissions_of_the_file_stay(cli: CommandLine, root: Path) -> None:
    text_of(cli, root)
    (root / "report.md").chmod(0o640)
    (root / "shop/till.py").write_text("")
    text_of(cli, root)
    assert (root / "report.md").stat().st_mode & 0o777 == 0o640


def test_an_unknown_concept_is_refused_before_anything_is_written(cli: CommandLine, root: Path) -> None:
    outcome = write(cli, root, "ordr")
    assert outcome.code == 2
    assert 'did you mean "order"?' in outcome.err
    assert not (root / "report.md").exists()


def test_a_project_without_concepts_has_a_report(cli: CommandLine, root: Path) -> None:
    text = cli("report", "--isolated", "--no-cache", cwd=root).out
    assert "No concept is declared: run ssot-lint init." in text
    assert not boxes(text, "Process")["Discover the next SSOT departure"]


def test_what_the_baseline_covers_is_told_apart(cli: CommandLine, root: Path) -> None:
    assert cli("baseline", "write", "--no-cache", cwd=root).code == 0
    text = text_of(cli, root)
    assert "- 4 of them are in the baseline" in text
    assert "| order | https://example.org/issues/9 | P0 | in the baseline |" in text
    assert boxes(text, "Process")["Run the tests until they are green"]
    assert not boxes(text, "Process")["Execute the plan"]


def test_a_file_that_cannot_be_read_makes_it_incomplete(cli: CommandLine, root: Path) -> None:
    (root / "shop/broken.py").write_text("def (:\n")
    outcome = write(cli, root)
    assert outcome.code == 2
    assert "shop/broken.py: syntax-error" in outcome.err
    text = (root / "report.md").read_text()
    assert "- status: incomplete" in text
    assert "- [ ] every file could be analysed (1 file could not)" in text


def test_hostile_names_say_nothing_in_markdown(cli: CommandLine, project: Project) -> None:
    name = "a --> <img src=x onerror=y> | `b` @you ##[error]x"
    policy = POLICY.replace('"cart"', json.dumps(name)).replace('"orders vanish"', '"[x](javascript:1) <script>"')
    odd = "from shop.compat import Order\n\nOrder()\n"
    paths = ("shop/`<img src=x>` ``.py", "shop/[a](javascript:1) |.py", "tests/test_<!-- x.py", "tests/test_--> `.py")
    root = project({**FILES, "ssot.toml": policy, **dict.fromkeys(paths, odd)})
    text = text_of(cli, root)
    assert all(path.rpartition("/")[2] in text for path in paths)
    assert "##[error]" not in text
    plan = cli("plan", "order", "--no-cache", cwd=root).out
    for document in (text, plan):
        tokens = MarkdownIt("commonmark").enable("table").parse(document)
        inner = [*tokens, *(one for token in tokens for one in token.children or ())]
        html = [one.content for one in inner if one.type.startswith("html")]
        assert all(re.fullmatch(r"<!-- ssot-lint: (report|notes|end)[^<>]* -->\n?", one) for one in html)
        assert not [one for one in inner if one.type in ("link_open", "image")]
        assert not re.search(r"@you", re.sub(r"`[^`]*`|<!--.*?-->", "", document))
    assert text_of(cli, root) == text


def many(number: int, words: str) -> dict[str, str]:
    folder = f"shop/{words}"
    files = {f"{folder}/__init__.py": ""}
    for one in range(number):
        takes = f"from shop.compat import Order as Order_{one}\n\nprint(Order_{one}())\n"
        files[f"{folder}/module_with_a_long_name_{words}_{one:04}.py"] = takes
        files[f"tests/test_with_a_long_name_{words}_{one:04}.py"] = f"{takes}\nclass Order:\n    pass\n"
    return files


def test_a_long_report_is_cut_where_github_would(cli: CommandLine, project: Project) -> None:
    root = project({**FILES, **many(250, "x" * 90)})
    text = text_of(cli, root)
    assert length(text) <= ROOM
    assert length(text) > ROOM // 2
    assert re.search(r"^- and [\d,]+ more$", text, re.MULTILINE)
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == HEADINGS


def test_many_concepts_are_cut_too(cli: CommandLine, project: Project) -> None:
    moved = [f'[[moved]]\nfrom = "shop.compat:{"N" * 80}{one}"\nto = "shop.order"\n' for one in range(600)]
    root = project({**FILES, "ssot.toml": POLICY + "".join(moved)})
    text = text_of(cli, root)
    assert length(text) <= ROOM
    assert re.search(r"^and [\d,]+ more$", text, re.MULTILINE)
    assert text_of(cli, root) == text


def test_notes_are_never_cut(cli: CommandLine, root: Path) -> None:
    path = root / "report.md"
    opening = "<!-- ssot-lint: notes closing -->\n"
    notes = "\U0001d54f" * (ROOM // 2)
    path.write_text(text_of(cli, root).replace(opening, f"{opening}{notes}"))
    (root / "shop/till.py").write_text("")
    outcome = write(cli, root)
    assert outcome.code == 0
    assert notes in path.read_text()
    assert re.search(r"the report has [\d,]+ characters; GitHub takes 65,536 for an issue", outcome.err)
