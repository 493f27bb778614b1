"""What an engineer may ask of an audit; Prefect's UI shows these words and refuses what does not fit."""

from pathlib import Path
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from audits.errors import WrongUse


class AuditRequest(BaseModel):
    """One audit: which source, which period, as of when."""

    model_config = ConfigDict(extra="forbid")

    source: str = Field("", description="mapping in config/crm/ or its path; empty: the one in the settings")
    period: str = Field(
        "", description="2026-10, 2026-Q4, 2026-10-05, FROM..TO; empty: the month of the day before"
    )
    as_of: AwareDatetime | None = Field(
        None, description="instant to judge at, with a zone; empty: the extract's own"
    )
    snapshot: Path | None = Field(None, description="judge this snapshot again, without the CRM")
    lang: Literal["", "zh", "en"] = Field(
        "", description="language of the report; empty: the one in the settings"
    )
    standards: tuple[str, ...] = Field(
        (), description="codes of the standards to judge by; empty: all that are bound"
    )


def request_of(**asked: Any) -> AuditRequest:
    """The request in these words.

    Raises:
        WrongUse: one of them does not fit; it is named as the option it was given by.
    """
    try:
        return AuditRequest.model_validate(asked)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        do = AuditRequest.model_fields[name].description or "" if name in AuditRequest.model_fields else ""
        raise WrongUse(
            f"{name} {asked.get(name)!r} does not fit: {first['msg']}", f"--{name.replace('_', '-')}", do
        ) from None
