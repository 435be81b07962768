"""What answers tasks: the offline rules, Claude (or a server of the same API), a local GGUF model."""
