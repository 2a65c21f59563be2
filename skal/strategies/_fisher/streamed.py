"""Fisher information of a pool that is read in blocks, added up as its rows come by."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from skal._array import float64_like, namespace
from skal.kernels.fisher.regularization import NO_SUMS, CurvatureSums
from skal.kernels.fisher.structures import Block, Data, Full


@dataclass(frozen=True)
class PoolSums:
    """Sums over rows of a pool, of features as they are: they are scaled once λ is known.

    Attributes
    ----------
    structure : Full or Block
        How much of I(x) is looked at.
    information : array of shape (m, D, D)
        Σᵢ I(xᵢ), in float64.
    curvature : CurvatureSums
        What λ follows from.
    """

    structure: Full | Block
    information: Any
    curvature: CurvatureSums

    @classmethod
    def of(cls, structure: Full | Block, data: Data) -> "PoolSums":
        """Of some rows."""
        ones = float64_like(np.ones(data.d), data.Z)
        curvature = NO_SUMS.and_those_of(structure, data)
        return cls(structure, structure.information(data, ones), curvature)

    @property
    def n(self) -> int:
        """How many rows."""
        return self.curvature.n

    def __add__(self, other: "PoolSums") -> "PoolSums":
        one, two = self.curvature, other.curvature
        curvature = CurvatureSums(
            one.curved + two.curved, one.plain + two.plain, one.total + two.total, one.n + two.n
        )
        return PoolSums(self.structure, self.information + other.information, curvature)

    def scaled(self, scale: Any) -> Any:
        """Σᵢ I(xᵢ) of features that are multiplied by `scale` (d)."""
        F = self.information
        by_coordinate = namespace(F).repeat(scale, F.shape[-1] // scale.shape[0])
        return F * by_coordinate[:, None] * by_coordinate
