"""The graph of words that patterns make, grown where a text leads and nowhere else.

A state knows which parts of patterns are still to be read from it. Only when a text reaches it are they laid out as
edges by word, with equal beginnings shared. So thousands of phrasings cost nothing until somebody comes near them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from escs.runtime.safety.pattern import Part, Slots

ANY_ID = -1  # the edge of a gap: any word but a negator

Sequence = tuple[Part, ...]
_NOBODY: frozenset[int] = frozenset()


class Graph:
    """States are numbers; state 0 is the start. `ends` says which owners' patterns are complete in a state."""

    def __init__(self, slots: Slots, ids: Mapping[str, int]) -> None:
        self.ends: dict[int, set[int]] = {}
        self._slots = slots
        self._ids = ids
        self._todo: list[list[tuple[Sequence, int]] | None] = [[]]  # None once the state is laid out
        self._edges: list[dict[int, list[int]]] = [{}]
        self._readers: dict[int, set[int]] = {}  # for each word, the states that have an edge for it
        self._free: list[list[int]] = [[]]  # states that are reached without reading a word
        self._reached: dict[int, tuple[int, ...]] = {}
        self._end_of: dict[int, int] = {}

    def add(self, parts: Sequence, owner: int) -> None:
        """One more pattern of `owner`; only before the first text is read."""
        if owner not in self._end_of:
            self._end_of[owner] = end = self._state()
            self.ends[end] = {owner}
        todo = self._todo[0]
        assert todo is not None, "patterns are added before texts are read"
        todo.append((parts, self._end_of[owner]))

    def reached(self, state: int) -> tuple[int, ...]:
        """The state and all that it leads to without reading a word."""
        known = self._reached.get(state)
        if known is None:
            seen, waiting = {state}, [state]
            while waiting:
                each = waiting.pop()
                self._lay_out(each)
                for following in self._free[each]:
                    if following not in seen:
                        seen.add(following)
                        waiting.append(following)
            known = self._reached[state] = tuple(seen)
        return known

    def after(self, states: frozenset[int], word: int) -> Iterable[tuple[int, ...]]:
        """All that reading the word leads to from states that were reached, in groups."""
        for state in states & self._readers.get(word, _NOBODY):
            for target in self._edges[state][word]:
                yield self.reached(target)

    def _state(self) -> int:
        self._todo.append([])
        self._edges.append({})
        self._free.append([])
        return len(self._edges) - 1

    def _lay_out(self, state: int) -> None:
        todo = self._todo[state]
        if todo is None:
            return
        self._todo[state] = None
        shared: dict[Part, int] = {}  # equal parts from the same state lead to the same state
        free = self._free[state]
        waiting = list(todo)
        while waiting:
            parts, final = waiting.pop()
            if not parts:
                free.append(final)
                continue
            part, rest = parts[0], parts[1:]
            known = part in shared
            target = shared.get(part, final)
            if not known:
                if rest or part.what != "word":
                    target = self._state()
                    shared[part] = target
                if part.what == "word":
                    self._edge(state, self._ids[part.word], target)
                elif part.what == "gap":
                    self._gap(state, part.width, target)
                else:
                    waiting += [(each, target) for each in (part.choices or self._slots[part.word])]
            if target != final or known:
                later = self._todo[target]
                if later is None:  # cannot be: a target is laid out only when a text reaches it
                    raise AssertionError("a state was laid out before it was reached")
                later.append((rest, final))

    def _edge(self, state: int, word: int, target: int) -> None:
        self._edges[state].setdefault(word, []).append(target)
        self._readers.setdefault(word, set()).add(state)

    def _gap(self, state: int, width: int, target: int) -> None:
        self._free[state].append(target)
        for _ in range(width):
            following = self._state()
            self._todo[following] = None
            self._edge(state, ANY_ID, following)
            self._free[following].append(target)
            state = following
