"""`python -m hemispasm`."""

import sys

from hemispasm.cli import main

sys.exit(main())
