"""Networks whose origin of sharing is known: for tests, for error rates, and for other people's methods.

========================  ==============================================================================
module                    kinds
========================  ==============================================================================
``toys``                  the paper's model: chance, need, starts that are related
``tasks``                 weights with a loss that prefers a pair, or is indifferent
``classes``               trained classifiers: exchangeable classes, too few units, similar inputs
``mixtures``              selections of which a known part comes back with every seed, as activations
``concepts``              planted neurons: concepts that occur together, signed codes, weak features
``dictionaries``          the same features from several seeds, in another order
``nuisances``             changes of a case that leave its origin as it is
``structured_share``      the true share D of any law of selections, by many draws
========================  ==============================================================================

>>> case = make("mixture-dense-20", 0)
>>> case
Case(mixture-20x64-64-shared-0.2, seed 0; given activations, labels; truth: mixture)
>>> [each.shape for each in case.arguments["activations"]][:2], case.truth.pairs[:2], round(case.truth.share, 2)
([(1500, 64), (1500, 64)], ((0, 1), (2, 3)), 0.04)

``pg.diagnose(**case.arguments)`` must then agree with ``case.truth``.
"""

from __future__ import annotations

from polygenesis.bench.origins.case import Case, Truth
from polygenesis.bench.origins.registry import make, names

__all__ = ["Case", "Truth", "make", "names"]
