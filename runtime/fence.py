"""Fences for prompts: the text of seekers and skills is data, and can never close, open or imitate a fence of ours.

Two things are done to such text. A bracket that begins what a model could read as one of our tags, or as a mark of a
model's own chat format, becomes a round one, however the tag is spelt: with spaces, hidden characters, look-alike or
full-width letters. And characters that people do not see and models do are taken out; joiners and marks that scripts
and emoji need stay.
"""

from __future__ import annotations

import re
import unicodedata

TAGS = ("seeker", "supporter", "skill", "skills", "dialogue", "profile", "brief", "unit", "units", "trace", "reply")
"""Every tag that a template of ours uses as a fence."""

_NAMES = (*TAGS, "system", "assistant", "human", "user", "instruction")
_UNSEEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\ufff9-\ufffb\U000e0000-\U000e0fff"
)
_SELECTORS = "\ufe00-\ufe0f"  # of how a character is drawn: one of them is seen, more are hidden
_BRACKETS = "<\uff1c\u2039\u3008\u27e8\u2329\ufe64\u276e\u02c2\u1438\u227a\u2d66"
_HIDDEN = re.compile(f"[{_UNSEEN}]|(?<=[{_SELECTORS}])[{_SELECTORS}]+")
_OPEN = re.compile(rf"[{_BRACKETS}]|&(?:lt|#0*60|#x0*3c);?", re.I)
_CHAT_FORMAT = re.compile(
    r"<(?=\s*\|)|<(?=\s*/?\s*s\s*>)|<(?=\s*(?:start|end)_of_)|<(?=<\s*/?\s*sys)|\[(?=\s*/?\s*inst\s*\])", re.IGNORECASE
)
_NOTABLE = re.compile(rf"[{_UNSEEN}{_SELECTORS}{_BRACKETS}&\[]")
"""What any of the three begins with: most text has none of it, and is looked through once instead of three times."""
_LOOK_AHEAD = 64  # characters behind a bracket in which a tag's name would stand
_JOINERS = re.compile("[\u200c\u200d\ufe00-\ufe0f]")
_LOOKALIKES = str.maketrans("аеорсухіѕԁɡӏɩкꜱꞁıοερτυ", "aeopcyxisdglikslioeptu")


def _begins_tag(behind: str) -> bool:
    """Whether the text behind a bracket spells the name of a tag, once hidden and decorated letters are made plain."""
    folded = unicodedata.normalize("NFKD", behind).casefold().translate(_LOOKALIKES)
    name = "".join(letter for letter in folded if not unicodedata.combining(letter))
    bare = name.lstrip(" \t\r\n/\\|!?\u200c\u200d\uff0f\u2044\u2215.-_*'\"")
    return _JOINERS.sub("", bare).startswith(_NAMES)


def neutral(text: str) -> str:
    """The text without hidden characters, and with every bracket that could begin a tag of ours made a round one."""
    if _NOTABLE.search(text) is None:
        return text
    shown = _HIDDEN.sub("", text)
    shown = _CHAT_FORMAT.sub("(", shown)
    return _OPEN.sub(
        lambda found: "(" if _begins_tag(shown[found.end() : found.end() + _LOOK_AHEAD]) else found[0], shown
    )


def fence(text: str, tag: str) -> str:
    """The text between `<tag>` and `</tag>`, unable to close them. Raises `ValueError` for a tag that is not ours."""
    if tag not in TAGS:
        raise ValueError(f"{tag!r} is not one of the fences: {', '.join(TAGS)}")
    return f"<{tag}>\n{neutral(text)}\n</{tag}>"
