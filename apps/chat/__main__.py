"""`python -m apps.chat` is `ragkit app`."""

import sys

from ragkit.cli import main

if __name__ == "__main__":
    sys.argv[1:1] = ["app"]
    main()
