"""What the models of the source language are made of: names, quantities, the base class."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Strict, Tag
from pydantic.annotated_handlers import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema
from tacit.compiler import quantities

NAME = r"^[a-z_][a-z0-9_]*$"
ID = r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$"
VARIANT_KEY = r"^(\*|[A-Za-z0-9_][A-Za-z0-9_.-]*)$"
CATEGORY = r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$"
LANGUAGE = r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$"
MAX_NAME = 64
MAX_MEMBERS = 1_000  # of an enum
MAX_MEMBER_LENGTH = 256  # code points
MAX_LENGTH = 65_535  # code points of a string
MAX_ITEMS = 1_024  # elements of a string list
MAX_INT = 2**53 - 1
TAGS = frozenset({"<text>", "<map>", "<list>", "<bool>", "<int>", "<float>"})
"""Of the unions of the models; they stand in the locations of pydantic's errors."""
NULLABLE = frozenset({"rule"})
"""Keys whose null means something: `rule: null` in a test expects that no rule decided."""


@dataclass(frozen=True)
class Checked:
    """Metadata of a text type: it fits `pattern`, and `check` finds a value in it; else `code`."""

    code: str
    pattern: str
    check: Callable[[str], object] | None = None
    longest: int = 64

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        fits = re.compile(self.pattern).fullmatch

        def validate(value: Any) -> Any:
            if isinstance(value, str):
                known = len(value) <= self.longest and fits(value) is not None
                if known and (self.check is None or self.check(value) is not None):
                    return value
            elif self.check is None or not isinstance(value, int | float):
                return value  # for the type's own complaint; a bare number lacks its unit
            text = str(value).lower() if isinstance(value, bool) else str(value)
            raise PydanticCustomError(self.code, "{text}", {"text": text[:80]})

        return core_schema.no_info_before_validator_function(validate, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "string", "pattern": self.pattern, "maxLength": self.longest}


Name: TypeAlias = Annotated[str, Checked("E124", NAME, longest=MAX_NAME)]
Id: TypeAlias = Annotated[str, Checked("E125", ID, longest=MAX_NAME)]
Category: TypeAlias = Annotated[str, Checked("E126", CATEGORY, longest=128)]
Language: TypeAlias = Annotated[str, Checked("E127", LANGUAGE, longest=35)]
Duration: TypeAlias = Annotated[str, Checked("E128", quantities.DURATION, quantities.duration_ms)]
Share: TypeAlias = Annotated[str, Checked("E129", quantities.SHARE, quantities.share_points)]
Date: TypeAlias = Annotated[str, Checked("E130", quantities.DATE, quantities.instant)]
Size: TypeAlias = Annotated[str, Checked("E131", quantities.SIZE, quantities.size_bytes)]

CapText: TypeAlias = Annotated[str, Checked("E140", quantities.CAP, quantities.cap)]
VariantKey: TypeAlias = Annotated[str, Checked("E125", VARIANT_KEY, longest=MAX_NAME)]
"""A variant's id, or `*`: any but the default."""

Number: TypeAlias = Annotated[
    Annotated[int, Strict(), Tag("<int>"), Field(ge=-MAX_INT, le=MAX_INT)]
    | Annotated[float, Strict(), Tag("<float>"), Field(allow_inf_nan=False)],
    Discriminator(lambda value: "<int>" if type(value) is int else "<float>"),
]
"""An int that a double holds exactly, or a finite double."""


def _is_map(value: Any) -> bool:
    return isinstance(value, dict | BaseModel)


def either(text_tag: str, map_tag: str) -> Discriminator:
    """Choose between the short form (text) and the long one (a mapping)."""
    return Discriminator(lambda value: map_tag if _is_map(value) else text_tag)


class Model(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        populate_by_name=True,
        ser_json_inf_nan="constants",
    )


def key(description: str, default: Any = None, **more: Any) -> Any:
    return Field(default, description=description, **more)


When: TypeAlias = Annotated[
    Annotated[str, Tag("<text>")] | Annotated[bool, Strict(), Tag("<bool>")],
    Discriminator(lambda value: "<bool>" if isinstance(value, bool) else "<text>"),
]
