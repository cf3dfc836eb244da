"""The language of the shapes.

A template names the resource's own values (`{name}`), the place (`{region}`, `{account}`, `{partition}`, `{suffix}`),
the outputs above it in its own list, and made-up parts: `{hexN}`, `{wordN}` (small letters and digits), `{UPPERN}`,
`{uuid}`, `{now}`. `{function}` is the bare name of the function that `functionName` points at.
"""

from __future__ import annotations

Template = str
Shape = dict[str, Template]

REGIONAL = "arn:{partition}:%s:{region}:{account}:%s"


def same(id: Template, **others: Template) -> Shape:
    """The shape of a resource whose id is `id`."""
    return {"id": id, **others}
