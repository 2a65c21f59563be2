"""When a model learns anew, and how long it may take."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """When to learn: the numbers behind `Trainer`, in labels, rows and seconds."""

    new_labels: int = 10
    new_share: float = 0.05
    quiet: float = 30.0
    cold_labels: int = 10
    of_each_class: int = 2
    first_soon: float = 20.0  # seconds for which few rows go out, since typical ones may come
    queue: int = 200
    queue_each: int = 30  # of an annotator
    low: float = 0.25  # of the queue: then random rows come in
    slow: float = 4.0  # without a word from the model: then people are told
    slow_first: float = 4.0  # times as long for a first fit, which imports what it needs
    slow_share: float = 3.0  # of the longest of the last fits
    patience: float = 600.0  # until a first fit is taken for hung
    reading: float = 600.0  # the same where it says nothing more of what it reads
    patience_share: float = 20.0  # of the longest of the last fits
    look: float = 0.2  # seconds between two looks at the store

    def slow_after(self, usual: float | None, reads: bool = False) -> float:
        """Seconds after which people are told that a fit takes long.

        They see that a model still `reads` its features, so that they are told later.
        """
        if reads:
            return max(15 * self.slow, self.slow_share * (usual or 0.0))
        if usual is None:
            return self.slow_first * self.slow
        return max(self.slow, self.slow_share * usual)

    def hung_after(self, usual: float | None, reads: bool = False) -> float:
        """Seconds after which a fit is given up."""
        if reads:
            return self.reading
        if usual is None:
            return self.patience
        return min(self.patience, max(15 * self.slow, self.patience_share * usual))
