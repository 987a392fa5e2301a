"""What the rules about events share: which words a file is asked for, what is read of it, and who gives way to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ssot_lint import engine
from ssot_lint.facts.nearness import is_near, near_words
from ssot_lint.facts.read import read
from ssot_lint.facts.second_look import read_details
from ssot_lint.model.policy import Vocabulary
from ssot_lint.rules.vocabularies import emits_by_name, words_of

if TYPE_CHECKING:
    from pathlib import Path

VOCABULARY = Vocabulary(name="orders", names=("order_placed", "order.shipped", "OrderLost"), emitters=("shop.emitter",))


def test_words() -> None:
    assert words_of(VOCABULARY) == {
        *("order_placed", "ORDER_PLACED", "order.shipped", "order_shipped", "ORDER_SHIPPED"),
        *("OrderLost", "ORDERLOST", "order_lost", "ORDER_LOST"),
    }


def test_a_file_says_which_words_it_holds() -> None:
    facts = read(b"say('order.shipped')\n", ["Cart", '"order.shipped', '"order_placed', "shop.old."])
    assert facts.words == ("order.shipped",)
    assert not facts.strings


def test_words_change_nothing_of_what_is_read_for_names() -> None:
    source = b'def make():\n    return Cart()\n\n\ndef tell(bus):\n    bus.emit("order_placed")\n'
    plain, both = read_details(source, ["Cart"]), read_details(source, ["Cart", '"order_placed'])
    assert (both.functions, both.calls) == (plain.functions, plain.calls)
    assert [use.text for use in both.events.uses] == ["order_placed"]
    assert not plain.events.uses


@pytest.mark.parametrize(
    ("function", "event"),
    [
        ("notify_order_placed", "order_placed"),
        ("Shop.emitOrderPlaced", "order_placed"),
        ("_send_order_shipped_event", "order.shipped"),
        ("publish_the_order_lost_async", "OrderLost"),
        ("order_placed", ""),
        ("on_order_placed", ""),
        ("validate_order_placed", ""),
        ("notify_reorder_placed", ""),
        ("send_order_placed_mail", ""),
    ],
)
def test_named_for_an_event(function: str, event: str) -> None:
    assert emits_by_name(VOCABULARY, function) == event


def test_one_place_one_finding(tmp_path: Path) -> None:
    (tmp_path / "ssot.toml").write_text(
        '[[vocabulary]]\nname = "orders"\nhome = "events"\nnames = ["order_placed"]\nemitters = ["emitter"]\n',
        encoding="utf-8",
    )
    (tmp_path / "events.py").write_text('PLACED = "order_placed"\n', encoding="utf-8")
    (tmp_path / "till.py").write_text(
        'def emit(name): ...\n\n\ndef on(name): ...\n\n\nemit("order_placed")\non("order_placed")\n',
        encoding="utf-8",
    )
    report = engine.check(engine.Options(start=tmp_path, root=tmp_path, select=("SSOT4",)))
    found = [(one.code, one.kind, one.at.line) for one in report.active]
    assert found == [("SSOT401", "known", 7), ("SSOT402", "subscription", 8)]


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("order_placed", False),
        ("order_place", True),
        ("order_plac", True),
        ("order_pla", False),
        ("order_palced", True),
        ("order_plazed", True),
        ("order_pplaced", True),
        ("orderPlaced", True),
        ("order.placed", True),
        ("order_planned", False),
        ("order_placement", False),
        ("reorder_placed", False),
        ("", False),
    ],
)
def test_near(text: str, near: bool) -> None:
    assert is_near(text, "order_placed") is near


def test_names_that_differ_in_numbers_are_others() -> None:
    assert not is_near("order_lost_2", "order_lost_1")
    assert near_words("'order_lost_2' \"order_losd_1\" 'order_lost_1'", ("order_lost_1",)) == ("order_losd_1",)
    assert near_words("'close' 'opened'", ("opened",)) == ()
