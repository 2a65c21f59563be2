"""Strategies around strategies."""
