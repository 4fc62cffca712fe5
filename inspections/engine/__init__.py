"""SJS1, the draw protocol: who is inspected, by whom, and how anyone re-computes it.

Standard library only; no clock, no database, no generator of random numbers. Read in this order:

    canonical   the one way a file is written, and its hash
    tickets     the one source of chance
    files       what a commitment, its sealed openings and its sources may look like
    objects     which enterprises are drawn
    roster      does a complete roster still exist, and the cut that proves it does not
    teams       who inspects what
    draw        the whole draw: three files in, two files out
    changes     replacements after the draw
    recheck     the engine's own verifier: compute it all again and compare
    series      one bureau's draws in their order
    probability the chance of each kind of row, for publication beside the commitment
    preflight   what would make a draw impossible, said before sealing
    verify      stands alone: the verifier that is handed to the public
"""

from .canonical import Malformed, digest, dump
from .compute import Drawn, draw

__all__ = ["Drawn", "Malformed", "digest", "draw", "dump"]
