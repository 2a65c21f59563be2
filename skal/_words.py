"""Words that stand for a missing label, whoever wrote them."""

MISSING_WORDS = frozenset({"", "nan", "NaN", "None", "<NA>"})
