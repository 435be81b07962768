"""Discovery: real dialogues become Intervention Units, and groups of units become skills with evidence."""
