"""The five sections of a stack's settings, one module each. A new setting goes into its section's model, with bounds, a
unit, a default and a description; then run `python -m stacks.settings.document` and add a row to the table in
tests/unit/stacks/test_every_setting.py."""
