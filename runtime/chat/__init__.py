"""`escs chat`: the conversation on a terminal, over a pipe, and as JSON."""
