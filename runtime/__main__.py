"""`python -m escs.runtime`: the same as the command `escs`."""

from escs.runtime.cli import main

if __name__ == "__main__":
    main()
