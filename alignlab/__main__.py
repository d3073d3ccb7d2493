"""`python -m alignlab` is the command `alignlab`."""

import sys

from alignlab.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
