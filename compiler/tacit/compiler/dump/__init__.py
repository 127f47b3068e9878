"""A text for every form of a project: the IR, the tables of the encoder, the bytes.

Golden files hold these texts, so they are stable: the same input gives the same text.
"""

from __future__ import annotations

from tacit.compiler.dump.bundle import dump_bundle
from tacit.compiler.dump.ir import dump_ir
from tacit.compiler.dump.notation import Names, condition_text
from tacit.compiler.dump.tables import dump_tables

__all__ = ["Names", "condition_text", "dump_bundle", "dump_ir", "dump_tables"]
