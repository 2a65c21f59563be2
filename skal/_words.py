"""Strings that mark a missing label in files."""

MISSING_WORDS = frozenset({"", "nan", "NaN", "None", "<NA>"})
