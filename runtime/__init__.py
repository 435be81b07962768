"""Everything needed to hold a conversation: the bank of skills, the engines, safety, the turn and the chat."""
