"""The echo: what of the seeker's words a supporter can take up, in the second person and safe to say.

A word that is not known to be harmless is never said back: a fragment is built from the word lists of `lexicon.toml`
by a small grammar, and where either does not reach, the field is None.
"""

from escs.runtime.echo.fragments import Fragments, fragments, fragments_of_history

__all__ = ["Fragments", "fragments", "fragments_of_history"]
