"""The loop: traces, findings, proposals, branches, verdicts; resumable at any point."""
