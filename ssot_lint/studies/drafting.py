"""A project seen with concepts that its policy does not declare yet."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from ssot_lint.engine.indexing import wanted_tokens, with_contents
from ssot_lint.engine.reading import read_again
from ssot_lint.project.concepts import bind, other_names

if TYPE_CHECKING:
    from ssot_lint.engine import Index
    from ssot_lint.model.policy import Concept
    from ssot_lint.project.concepts import BoundConcept


def drafted(whole: Index, concept: Concept) -> tuple[Index, BoundConcept]:
    """Return the project with the uses of a concept's names read, and the concept bound to it. PolicyError.

    Only the files that hold one of the names are read again.
    """
    policy = msgspec.structs.replace(whole.loaded.policy, concept=(concept,), moved=())
    loaded = msgspec.structs.replace(whole.loaded, policy=policy)
    aliases = other_names(whole.project, bind(whole.project, loaded).concepts)
    tokens = tuple(sorted({*whole.tokens, *wanted_tokens(policy), *aliases}))
    more = read_again(whole.work, whole.project.files, tokens, sorted({*tokens} - {*whole.tokens}))
    files = [msgspec.structs.replace(file, facts=more.get(file.path, file.facts)) for file in whole.project.files]
    seen = replace(whole, loaded=loaded, tokens=tokens, project=replace(whole.project, files=tuple(files)))
    draft = with_contents(seen, {})
    return draft, draft.policy.concepts[0]


def bound_again(draft: Index, concept: Concept) -> BoundConcept:
    """Bind a concept that says more than the draft about the same home."""
    policy = msgspec.structs.replace(draft.loaded.policy, concept=(concept,))
    return bind(draft.project, msgspec.structs.replace(draft.loaded, policy=policy)).concepts[0]
