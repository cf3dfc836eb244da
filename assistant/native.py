"""Finds the compiled cryptography in the functions' package, which holds it for every processor that may run them."""

import os
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "native"


def use() -> None:
    """Puts this processor's build on the path of imports; call it before importing `Crypto`.

    Does nothing where there is no such folder: a machine of one's own has the library installed.
    """
    place = FOLDER / os.uname().machine if FOLDER.is_dir() else FOLDER
    if place != FOLDER and str(place) not in sys.path:
        sys.path.insert(0, str(place))
