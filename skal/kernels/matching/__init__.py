"""Rows that are alike, in features and in gradients."""
