"""The deterministic automaton that the places of a graph make, whose states are worked out when a text leads to them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from escs.runtime.safety.graph import Graph, Place


class State(dict[int, "State"]):
    """A set of places in a graph, with the state that follows each word met so far; the others are made when met.

    `ends` are those of the patterns that the last word completed.
    """

    __slots__ = ("carries", "ends", "other", "places", "walk")

    def __init__(self, walk: Walk, places: frozenset[Place], ends: tuple[int, ...], carries: bool) -> None:
        self.walk, self.places, self.ends, self.carries = walk, places, ends, carries
        self.other: State | None = None  # the state after a word that only gaps read, once it is known

    def __missing__(self, word: int) -> State:
        return self.walk.follow(self, word)


class Walk:
    """The states met so far on the graph of one direction."""

    __slots__ = ("_known", "_passed", "_reads", "dead", "graph", "steps")

    def __init__(
        self, graph: Graph, reads: Callable[[int], tuple[Iterable[int], bool]], passed: Collection[int]
    ) -> None:
        """`reads` tells as what a word of a text may be read, and whether a gap may read it; the words in `passed` may also not be read."""
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
        words, any_word = self._reads(word)
        reached = self.graph.after(state.places, words)
        if state.carries and word in self._passed:
            # An end counts once, not again on what is passed over after it.
            following = self.state(reached | self.graph.over(state.places) if any_word else reached, state.places)
        elif reached or not any_word:
            following = self.state(reached | self.graph.over(state.places) if any_word else reached)
        else:  # most words are of no account to most states
            following = state.other or self._other(state)
        state[word] = following
        return following

    def _other(self, state: State) -> State:
        """The state after a word that only gaps read."""
        state.other = following = self.state(self.graph.over(state.places))
        return following
