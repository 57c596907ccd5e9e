"""The one Jinja environment. Templates loop and place names; what they place is computed in Python."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from fpgaflow.resources import data_path


@cache
def environment() -> Environment:
    """Templates of the shipped ``templates/`` folder; an undefined name is an error. They are compiled once."""
    return Environment(
        loader=FileSystemLoader(data_path("templates")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )


def render(template: str, output: Path, /, **values: object) -> None:
    """Render ``templates/<template>`` into the file ``output``."""
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(environment().get_template(template).render(**values))
