"""How much memory Fisher information takes, and what to do where that is too much."""

from dataclasses import dataclass
from typing import Any, Self

from skal.kernels.fisher.structures import Block, Data, Full


@dataclass(frozen=True)
class Size:
    """Bytes beside the features: in all of them, and in the span of the rows that may be in M."""

    in_all: float
    in_rows: float
    smaller: bool  # whether the span has at most half as many dimensions

    @classmethod
    def of(cls, kind: type[Full | Block], candidates: Data, n_labelled: int) -> Self:
        """Of a structure, for these rows."""
        n, d, r = candidates.n, candidates.d, candidates.n + n_labelled
        k = 1 if candidates.P is None else candidates.P.shape[1]
        in_all = kind.memory(n, d, k, candidates.Z.dtype.itemsize)
        in_rows = kind.memory(n, r, k, 8) + 3 * 8 * r * d if r < d else float("inf")
        return cls(in_all, in_rows, 2 * r <= d)

    @classmethod
    def of_determinants(cls, candidates: Data, n_labelled: int, n_picks: int) -> Self:
        """Of determinants, where M⁻¹ = I − WᵀW takes the place of the span."""
        (n, d), itemsize = (candidates.n, candidates.d), candidates.Z.dtype.itemsize
        q = candidates.P.shape[1] - 1
        rows = n * q**2 * itemsize
        terms = (2 * n_labelled + n_picks) * q
        in_all, in_rows = rows + 4 * 8 * (d * q) ** 2, rows + 8 * terms * (d * q + n_labelled * q)
        return cls(in_all, in_rows, 2 * (n_labelled + n_picks) <= d)

    @property
    def least(self) -> float:
        """Of the form that takes less."""
        return min(self.in_all, self.in_rows)

    def in_span(self, limit: float) -> bool:
        """Whether to work in the span: where it is much smaller, or only it fits."""
        return (self.smaller and self.in_rows <= limit) or self.in_all > limit


def gradient_bytes(candidates: Data, n_labelled: int, n_picks: int) -> float:
    """Bytes of what is kept of gradients: a number for each row and each row that is in M."""
    n, D = candidates.n, candidates.d * (candidates.P.shape[1] - 1)
    if n_labelled > D:  # then by a dense matrix
        return n * n_picks * candidates.Z.dtype.itemsize + 3 * 8 * D**2
    return n * (n_picks + n_labelled) * candidates.Z.dtype.itemsize + 2 * 8 * n_labelled**2


def too_large(strategy: Any, candidates: Data, n_labelled: int, needed: float) -> str:
    """What a strategy says where nothing fits: about what was given, and what to do."""
    classes = "" if candidates.P is None else f" and {candidates.P.shape[1]} classes"
    who, limit = type(strategy).__name__, f"{strategy.max_memory:.1e}"
    ways = [f"narrow the candidates first, as Shortlist({who}()) does"]
    if who == "Determinantal":
        ways += ['take rank="one"'] if strategy.rank == "full" else []
    elif strategy.rank is not None:
        ways.append(f"leave rank={strategy.rank} out")
    elif strategy.structure in ("full", "block") and classes:
        ways.append('take structure="auto"')
    ways.append("put a projection such as TruncatedSVD before the model")
    return (
        f"{candidates.n} candidates and {n_labelled} labelled rows with {candidates.d} "
        f"features{classes} need {needed:.1e} bytes beside the features, and max_memory of "
        f"{who} is {limit}: raise it, {', '.join(ways[:-1])}, or {ways[-1]}."
    )
