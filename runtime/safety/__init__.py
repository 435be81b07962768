"""What protects the seeker, as code and data: the screen, the crisis course, the resources and the output check."""

CRISIS_SKILLS = (
    "ask-about-suicide",
    "stay-through-crisis",
    "make-a-safety-plan",
    "danger-at-home",
    "worried-about-someone",
    "losing-touch-with-reality",
    "body-in-danger",
    "intrusive-thoughts",
)
"""Skills that are always loaded as they ship, and that no flag, bank, skill or conversation can turn off or change."""
