"""`python -m escs.runtime`: the same as the command `escs`."""

from escs.runtime.cli import main

main()
