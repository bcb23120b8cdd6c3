"""A place for what an answer draws, so that a check leaves no figures behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

__all__ = ["fresh_figure"]


@contextmanager
def fresh_figure() -> Iterator[Figure]:
    """Make a figure the current one, so that pyplot draws there and not on the learner's.

    At the end it is closed with all others that were opened meanwhile.
    """
    before = plt.get_fignums()
    current = plt.gcf().number if before else None
    try:
        yield plt.figure(figsize=(6, 3))
    finally:
        for number in set(plt.get_fignums()).difference(before):
            plt.close(number)
        if current in plt.get_fignums():
            plt.figure(current)
