"""Python runs this first wherever this folder is on its path: in pytest, its workers, and the kernels of chapters."""

import os
import sys
from pathlib import Path

if os.environ.get("LABKIT_FAULT"):
    sys.path.insert(0, str(Path(__file__).parents[1]))
    import injection

    injection.install(os.environ["LABKIT_FAULT"])
