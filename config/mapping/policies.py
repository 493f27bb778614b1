"""What a mapping may say of whole records: how new ones are found, which are void, which stamps have a rival."""

from typing import Literal

from pydantic import Field, model_validator

from config.mapping.block import Block
from config.mapping.forms import Span, Word

VoidReason = Literal["merged", "duplicate", "test", "spam"]


class Cursor(Block):
    """What the source says of finding its new rows; checked at each extract, never trusted (every read is whole).

    Args:
        kind: ``full`` (there is none), ``id`` (rows are only added, ids rise) or ``timestamp`` (each change
            of a row raises it).
        column: column of the SELECT that holds it.
        overlap: how far back a next read would begin, against changes written late.
    """

    kind: Literal["full", "id", "timestamp"]
    column: str | None = None
    overlap: Span = "0 s"

    @model_validator(mode="after")
    def _has_column(self) -> "Cursor":
        if (self.kind == "full") == (self.column is not None):
            raise ValueError("`column` belongs to the kinds id and timestamp, and they need it")
        if self.kind == "id" and self.overlap != "0 s":
            raise ValueError("`overlap` belongs to the kind timestamp")
        return self


class Agreement(Block):
    """A second source of one instant: beyond ``tolerance`` neither is believed, and both are kept for display."""

    column: str
    tolerance: Span


class VoidWhen(Block):
    """Records that are not judged: the column has one of these values (none named: any value at all)."""

    column: str
    is_: list[Word] = Field(default_factory=list, alias="is")
