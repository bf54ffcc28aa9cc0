"""How 24 features come to their neurons, in four moments of one network: docs/figures.

    python examples/allocation.py

Simulates 24 features on 36 neurons (a second; some more on the first call, which compiles) and draws
docs/figures/allocation.png.
"""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

import polygenesis as pg
from polygenesis import detect, plots

FIGURE = Path(__file__).parents[1] / "docs" / "figures" / "allocation.png"
TIMES = (0.0, 10.0, 40.0, 160.0)  # loss's clock; each four times the one before
ALT = (
    "Four moments of one network: 24 features in a row above 36 neurons, with a line for each weight. At the start "
    "faint lines lead from every feature to every neuron. In later frames fewer and stronger lines are left. Neurons "
    "where two features meet are ringed as benign or malign; in the last frame each feature has one line, and every "
    "ringed neuron has one blue and one vermillion line and is benign."
)
COLORS = 128  # of the file's palette: with all colours of crossing pale lines it would weigh four times as much


def network() -> pg.Run:
    """Train one network of 24 features and 36 neurons, and keep its weights at four times.

    Seed 3 is the first of which both kinds of collisions are seen at t = 10 and every feature has settled at the end.
    """
    return pg.simulate(
        pg.RunSpec(
            model=pg.TiedAutoencoder(n=24, m=36),
            penalty=pg.L1(0.016),
            save=pg.Save(times=TIMES, weights=True),
            replicates=1,
            seed=3,
        )
    )


def strip(run: pg.Run) -> plots.Allocation:
    """Draw the moments that were kept, each neuron marked by the features that lead on it."""
    path = run.trajectory[0]
    return plots.allocation_strip(path, run.times, marks=detect.marks(path), alt=ALT)


def write(picture: plots.Allocation, path: Path) -> None:
    """Write the picture as a PNG file with a small palette."""
    with Image.open(io.BytesIO(plots.encode(picture.draw(), "png"))) as image:
        small = image.convert("RGB").quantize(COLORS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        small.save(path, optimize=True)


if __name__ == "__main__":
    trained = network()
    expected = pg.theory.polysemantic_neurons(n=24, m=36)
    print(
        f"{trained.outcome[0].value} {int(pg.census(trained.final).polysemantic[0])} polysemantic neurons; {expected}"
    )
    picture = strip(trained)
    for frame in picture.frames:
        print(frame.caption)
    write(picture, FIGURE)
    print(FIGURE)
