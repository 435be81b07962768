"""The gate: paired results in, a verdict out; what it assumes and how often it errs stands in docs/gate.md."""
