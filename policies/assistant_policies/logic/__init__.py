"""Algorithms that several rules share."""
