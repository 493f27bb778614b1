"""What an engineer may ask of an audit; Prefect's UI shows these words and refuses what does not fit."""

from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


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
