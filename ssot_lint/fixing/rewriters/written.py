"""An import statement as text in pieces: every name with what is its own, and what belongs to the statement.

A name owns the comment behind it on its line, and the comment lines directly above it. The pieces joined are the text.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

NEW_LINE: Final = re.compile(r"\r\n|\r|\n")
_PRAGMA: Final = re.compile(
    r"\s*#\s*(?:noqa|type:|mypy:|pyright:|pylint:|pragma:|isort:|fmt:|ruff:|flake8|nosec|ssot:)", re.IGNORECASE
)


def is_pragma(comment: str) -> bool:
    """Whether a comment tells a tool to do something on its line."""
    return _PRAGMA.match(comment) is not None


class Alias(NamedTuple):
    """One name of an import statement, with the text from the end of the name before it to the start of the next."""

    name: str
    local: str = ""
    """The name behind `as`, if there is one."""
    name_text: str = ""
    as_text: str = ""
    moved: bool = False
    loose: str = ""
    """Lines above that belong to the statement: a comment with an empty line below it, empty lines."""
    above: str = ""
    """The comment lines directly above."""
    lead: str = ""
    gap: str = ""
    comma: bool = False
    after: str = ""
    """What follows the comma on the line: the comment."""

    @property
    def text(self) -> str:
        """Everything as it is written."""
        comma = f"{self.gap}," if self.comma else ""
        return f"{self.loose}{self.above}{self.lead}{self.name_text}{self.as_text}{comma}{self.after}"

    @property
    def has_comments(self) -> bool:
        """Whether comments are its own."""
        return "#" in self.above + self.after

    @property
    def bound(self) -> str:
        """The local name, for a name that a `from` statement imports."""
        return self.local or self.name

    def binding(self, module: str) -> tuple[str, tuple[str, str]]:
        """Return the local name, and the module and name it stands for; `import` statements have the module ""."""
        if module:
            return self.bound, (module, self.name)
        if self.local:
            head, _, last = self.name.rpartition(".")
            return self.local, (head, last)
        root = self.name.partition(".")[0]
        return root, ("", root)

    def is_like(self, other: Alias) -> bool:
        """Whether another name says the same, or the same and that it is meant for others (`X as X`)."""
        return self.name == other.name and self.local in (other.local, "") and self.bound == other.bound

    def renamed(self, name: str) -> Alias:
        """Take it under another name, so that the local name stays; what need not be said twice is said once."""
        if name == self.name:
            return self
        if self.bound == name:
            return self._replace(name=name, local="", name_text=name, as_text="")
        return self._replace(name=name, local=self.bound, name_text=name, as_text=self.as_text or f" as {self.bound}")

    def freed(self, name: str) -> Alias:
        """Take it out of its statement, under another name, with its comments."""
        new = self.renamed(name)
        as_text = f" as {new.local}" if new.local else ""
        comment = self.after.strip()
        return Alias(
            new.name, new.local, new.name, as_text, moved=True, above=self.above, after=comment and f"  {comment}"
        )


class Written(NamedTuple):
    """An import statement in pieces."""

    before: str
    module: str
    """The module as it is spelled, without spaces; "" for `import a, b`."""
    module_text: str
    between: str
    """What follows the module, up to the bracket and its comment."""
    aliases: tuple[Alias, ...]
    """Nothing for a star."""
    close: str = ""
    suffix: str = ""
    """The comment behind the statement, if the text has it."""
    bracket: bool = False
    flat: bool = True
    """Whether it stands on one line, so that it is wrapped when it becomes too long."""

    @property
    def text(self) -> str:
        """Everything as it is written, without the comment behind it."""
        return "".join(
            [self.before, self.module_text, self.between, *(alias.text for alias in self.aliases), self.close]
        )

    @property
    def has_comments(self) -> bool:
        """Whether a comment belongs to the statement, and to none of its names; the one behind it does not count."""
        return any("#" in text for text in (self.between, self.close, *(alias.loose for alias in self.aliases)))

    @property
    def is_block(self) -> bool:
        """Whether every name stands on a line of its own in brackets, one like the other."""
        leads = {alias.lead for alias in self.aliases}
        one_a_line = len(leads) == 1 and NEW_LINE.match(leads.pop()) is not None
        return self.bracket and one_a_line and NEW_LINE.search(self.close) is not None

    @property
    def is_open(self) -> bool:
        """Whether names can be put in so that it still looks as it did: on one line, or one name a line."""
        return self.is_clear and "\\" not in self.text and (self.flat or self.is_block)

    @property
    def is_clear(self) -> bool:
        """Whether it is known to whom every comment belongs: none stands inside a name, or beside a continuation."""
        return not any("#" in alias.lead + alias.name_text + alias.as_text + alias.gap for alias in self.aliases)


def fresh(module: str, alias: Alias) -> Written:
    """Return a new statement with one name."""
    if not module:
        return Written("import ", "", "", "", (alias,))
    return Written("from ", module, module, " import ", (alias,))
