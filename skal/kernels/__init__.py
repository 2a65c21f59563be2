"""Formulas as pure functions: arrays in, arrays out."""
