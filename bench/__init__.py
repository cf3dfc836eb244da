"""Measurements of this project: always ratios of things run side by side in one run."""
