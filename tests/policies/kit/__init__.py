"""Builds what the policy pack sees: plain facts, the SDK's argument objects, and the engine's requests."""
