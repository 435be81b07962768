"""The git side: banks read from objects, edits written as commits on branches of their own, verdicts kept as refs."""
