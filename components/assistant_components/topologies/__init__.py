"""Whole deployments: what people import first."""
