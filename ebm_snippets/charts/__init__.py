"""Charts to play with: each returns an Altair chart that computes in the reader's browser.

What a formula can say is computed there, live, by the same formula as in this package. What
took random draws or training comes from the package's own functions. Nothing needs a kernel.
"""

from .equilibrium import equilibrium_balls
from .free_energy import free_energy_dial
from .intuition import noise_dial
from .mathematics import box_swaps, three_bars
from .neural_energy import training_scrubber
from .partition_function import dimension_dial
from .quench import quench_dial
from .ring import ring_walkers
from .temperature import temperature_dial
from .two_dimensions import radius_dial

__all__ = [
    "box_swaps",
    "dimension_dial",
    "equilibrium_balls",
    "free_energy_dial",
    "noise_dial",
    "quench_dial",
    "radius_dial",
    "ring_walkers",
    "temperature_dial",
    "three_bars",
    "training_scrubber",
]
