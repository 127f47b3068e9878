"""`tacit schema`: the JSON Schema of the source language, for editors."""

from __future__ import annotations

from tacit.cli import output
from tacit.cli.failures import needing
from tacit.cli.options import Json


def schema(as_json: Json = False) -> None:
    """Print the JSON Schema (draft-07) of project files.

    Editors complete and check with it: `# yaml-language-server: $schema=tacit.schema.json`.
    """
    with needing("cli", "the schema"):
        from tacit.compiler.schema import json_schema
    output.print_json(json_schema())  # JSON with or without --json
