"""Fences for prompts: the text of seekers and skills is data, and can never close, open or imitate a fence of ours."""

from __future__ import annotations

import re

TAGS = ("seeker", "supporter", "skill", "skills", "dialogue", "profile", "brief", "unit", "units", "trace", "reply")
"""Every tag that a template of ours uses as a fence."""

_OPEN = "<\uff1c\u2039\u3008\u27e8\u2329\ufe64\u276e\u02c2\u1438"
_GAP = r"[\s\u200b-\u200f\u2060\ufeff\u00ad\\|!?]{0,8}"
_LOOKALIKE = re.compile(
    rf"[{_OPEN}](?={_GAP}(?:[/\uff0f\u2044\u2215]{_GAP})?(?:{'|'.join(TAGS)}|system|assistant|human|user|instructions?))",
    re.IGNORECASE,
)


def neutral(text: str) -> str:
    """The text with every look-alike of a fence's bracket replaced by a round one; everything else is untouched."""
    return _LOOKALIKE.sub("(", text)


def fence(text: str, tag: str) -> str:
    """The text between `<tag>` and `</tag>`, unable to close them. Raises `ValueError` for a tag that is not ours."""
    if tag not in TAGS:
        raise ValueError(f"{tag!r} is not one of the fences: {', '.join(TAGS)}")
    return f"<{tag}>\n{neutral(text)}\n</{tag}>"
