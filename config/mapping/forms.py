"""The words of a mapping: how instants are stored, spans of time, and the short lists a key may choose from."""

import re
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, StringConstraints, WithJsonSchema

FORMS: Final = ("utc", "naive utc", "naive local", "epoch s", "epoch ms")
_NAMED_ZONE: Final = r"^naive local [A-Za-z][A-Za-z0-9_+/-]*$"


def _form(text: str) -> str:
    if text not in FORMS and not re.match(_NAMED_ZONE, text):
        raise ValueError(f"give one of {', '.join(FORMS)}, or `naive local` and a zone")
    return text


#: How instants are stored; ``naive local Europe/Berlin`` names a zone other than the business's.
Stamps = Annotated[
    str,
    AfterValidator(_form),
    WithJsonSchema({"type": "string", "anyOf": [{"enum": list(FORMS)}, {"pattern": _NAMED_ZONE}]}),
]
#: A span of time such as ``250 ms``, ``2 s``, ``5 min``, ``2 h``.
Span = Annotated[str, StringConstraints(pattern=r"^\d{1,6} (ms|s|min|h)$")]
ActorKind = Literal["staff", "customer", "bot"]
Decoder = Literal["columns", "json_changes", "new_value_only", "snapshots"]
Precision = Literal["us", "second", "minute", "date"]
Says = Literal["column", "history", "call", "message", "visit", "bot", "bound"]


def _as_text(value: object) -> object:
    """YAML reads ``1`` as a number and ``true`` as a truth; the CRM's values are words."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


Word = Annotated[str, BeforeValidator(_as_text), WithJsonSchema({"type": ["string", "number", "boolean"]})]
