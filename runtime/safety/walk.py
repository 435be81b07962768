"""The deterministic automaton that the places of a graph make, whose states are worked out when a text leads to them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from escs.runtime.safety.graph import Graph, Place


class State(dict[int, "State"]):
    """A set of places in a graph, with the state that follows each word met so far; the others are made when met.

    `ends` are those of the patterns that the last word completed.
    """

    __slots__ = ("carries", "ends", "places", "walk")

    def __init__(self, walk: Walk, places: frozenset[Place], ends: tuple[int, ...], carries: bool) -> None:
        self.walk, self.places, self.ends, self.carries = walk, places, ends, carries

    def __missing__(self, word: int) -> State:
        return self.walk.follow(self, word)


class Walk:
    """The states met so far on the graph of one direction."""

    __slots__ = ("_known", "_passed", "_reads", "dead", "graph", "steps")

    def __init__(self, graph: Graph, reads: Callable[[int], Iterable[int]], passed: Collection[int]) -> None:
        """`reads` gives all that a word of a text may be read as; the words in `passed` may also not be read."""
        self.graph, self._reads, self._passed = graph, reads, passed
        self.steps = 0
        self._known: dict[tuple[frozenset[Place], tuple[int, ...]], State] = {}
        self.dead = State(self, frozenset(), (), carries=True)

    def state(self, reached: Collection[Place], carried: Collection[Place] = (), *, carries: bool = True) -> State:
        """The state in which the places have just been reached, or were carried over a word that was not read."""
        self.steps += 1
        if not reached and not carried:
            return self.dead
        ends = tuple(sorted({place.end for place in reached if place.complete}))
        places = frozenset([place for place in (*reached, *carried) if place.heads])
        if not carries:
            return State(self, places, ends, carries)
        state = self._known.get((places, ends))
        if state is None:
            state = self._known[places, ends] = State(self, places, ends, carries)
        return state

    def follow(self, state: State, word: int) -> State:
        """The state after one more word, kept for the next time."""
        # An end counts once, not again on what is passed over after it.
        carried = state.places if state.carries and word in self._passed else ()
        state[word] = following = self.state(self.graph.after(state.places, self._reads(word)), carried)
        return following
