"""Run every comparison, in one run on one machine, and print its table: make benchmarks."""

from __future__ import annotations

import os
import sys
from functools import partial

import torch

from . import grid_sum, log_partition, sampling, training
from .measuring import installed, machine


def main() -> int:
    """Print the tables as they come."""
    torch.set_num_threads(1)  # as scipy; and several threads wait for each other on a busy machine
    print(machine())
    for package in ("scipy", "torchebm"):
        if not installed(package):
            print(f"{package} is missing, so its columns are empty; make benchmarks installs it")
    for compare in (
        grid_sum.compare,
        partial(log_partition.compare, 1, (0.005, 0.1, 1.0, 5.0)),
        partial(log_partition.compare, 1, (0.005, 0.1, 1.0, 5.0), shift=1000.0),
        partial(log_partition.compare, 2, (0.1, 1.0, 5.0)),
        sampling.compare,
        training.compare,
        training.beside_plain,
    ):
        print(f"\n{compare()}", flush=True)
    print(f"\nLoad at the end: {os.getloadavg()[0]:.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
