"""How long log groups keep their lines."""

# What CloudWatch Logs accepts.
LOG_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
LOG_DAYS_DEFAULT = 30


def kept_days(days: int) -> int:
    """The given days when CloudWatch Logs knows them; else a fault that names the nearest ones."""
    if days in LOG_DAYS:
        return days
    below = [known for known in LOG_DAYS if known < days][-1:]
    above = [known for known in LOG_DAYS if known > days][:1]
    near = " or ".join(str(known) for known in [*below, *above])
    raise ValueError(f"a retention of CloudWatch Logs, such as {near}")
