"""The compiler: rules as people write them -> a bundle that any runtime decides from.

from tacit.compiler import CompileError, compile_project

bundle = compile_project("bundles/storefront")   # or a dictionary, or a ProjectModel
bundle.bytes, bundle.digest, bundle.diagnostics
"""

from __future__ import annotations

from tacit.compiler.compile import CompiledBundle, compile_project
from tacit.compiler.diagnostics import CompileError, Diagnostic, Severity
from tacit.compiler.models import ProjectModel
from tacit.compiler.spans import Span

__all__ = [
    "CompileError",
    "CompiledBundle",
    "Diagnostic",
    "ProjectModel",
    "Severity",
    "Span",
    "compile_project",
]
