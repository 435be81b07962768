"""Evaluation: responses and dialogues of several arms, side by side."""
