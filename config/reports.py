"""Reports that are sent by themselves: ``reports.yaml`` says what of, to whom, with which files."""

import json
import re
from pathlib import Path
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from audits.errors import WrongUse
from audits.periods import Unit
from config.mapping.lines import Lined, YamlProblem, read_lined

#: The house's own file, and its grammar for editors.
FILE: Final = Path(__file__).resolve().parent / "reports.yaml"
SCHEMA: Final = FILE.with_name("reports.schema.json")

FileName = Literal[
    "report.html",
    "report.pdf",
    "findings.xlsx",
    "findings.csv",
    "verdicts.parquet",
    "results.json",
    "life.json",
]
Role = Literal[
    "officer", "engineer", "general_manager", "service_manager", "duty_supervisor", "emergency_team",
    "duty_list", "department_heads",
]  # fmt: skip
Lang = Literal["", "zh", "en"]
#: Files that list single records with their customers and staff; they go to ``records_to`` alone.
RECORDS: Final[frozenset[FileName]] = frozenset(
    {"report.html", "findings.xlsx", "findings.csv", "verdicts.parquet", "life.json"}
)
_NAME: Final = r"^[a-z0-9][a-z0-9_-]{0,40}$"


class _Block(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Title(_Block):
    """What subjects and file names call a report."""

    zh: str = Field(min_length=1, max_length=60)
    en: str = Field(min_length=1, max_length=60)

    def in_(self, lang: str) -> str:
        """The title in one language, on one line."""
        return " ".join((self.en if lang == "en" else self.zh).split())


class Recipient(_Block):
    """A role or a person that gets a report; ``files`` and ``lang`` where they differ from the report's."""

    role: Role | Literal[""] = ""
    person: str = Field("", description="staff number or the CRM's key")
    files: tuple[FileName, ...] | None = None
    lang: Lang = ""

    @model_validator(mode="after")
    def _either(self) -> Self:
        if bool(self.role) == bool(self.person):
            raise ValueError("name either a role or a person")
        return self

    @property
    def named(self) -> str:
        """The role, else the staff number."""
        return self.role or self.person


class Report(_Block):
    """One report; ``period`` is the last one of its kind that is over."""

    title: Title
    period: Unit
    recipients: tuple[Recipient, ...] = Field(min_length=1)
    source: str = Field("", description="mapping in config/crm/ or its path; empty: the one in the settings")
    standards: tuple[str, ...] = ()
    lang: Lang = Field("", description="language of the files; empty: the one in the settings")
    files: tuple[FileName, ...] = ("report.pdf", "findings.xlsx")
    limit_mb: int = Field(8, ge=0, le=100, description="megabytes of files that one mail may carry")
    records_to: tuple[str, ...] = Field(
        ("officer",), description="roles and staff numbers that may get files which list records and staff"
    )
    when: str = Field("", description="name of the schedule that sends it")
    enabled: bool = Field(True, description="false: a schedule passes over it")

    @model_validator(mode="after")
    def _records_to_whom_they_may_go(self) -> Self:
        for one in self.recipients:
            barred = sorted(set(one.files or ()) & RECORDS)
            if barred and one.named not in self.records_to:
                raise ValueError(
                    f"{barred[0]} lists single records and staff, and {one.named} is not under `records_to`"
                )
        return self

    def files_for(self, recipient: Recipient) -> tuple[FileName, ...]:
        """What is attached for a recipient, in order, each once."""
        wanted = dict.fromkeys(self.files if recipient.files is None else recipient.files)
        return tuple(one for one in wanted if one not in RECORDS or recipient.named in self.records_to)


class ReportsFile(_Block):
    """``reports.yaml`` as it is written."""

    schema_: Literal[1] = Field(alias="schema")
    place: str = Field("", max_length=200, description="how readers reach the folder out/")
    reports: dict[str, Report] = {}

    @model_validator(mode="after")
    def _names(self) -> Self:
        if wrong := [name for name in self.reports if not re.fullmatch(_NAME, name)]:
            raise ValueError(f"a report's name holds small letters, figures, - and _ only, not {wrong[0]!r}")
        return self


def load_reports(path: Path | None = None) -> ReportsFile:
    """Every report by name.

    Raises:
        WrongUse: the file cannot be read, or something in it does not fit; the line is named.
    """
    file = path or FILE
    try:
        lined = read_lined(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise WrongUse(
            f"cannot be read: {error.strerror}", str(file), "check the path in the settings"
        ) from error
    except UnicodeDecodeError as error:
        raise WrongUse("the file is not UTF-8", str(file), "save it as UTF-8") from error
    except YamlProblem as error:
        raise WrongUse(str(error), f"{file}:{error.line}", "correct the YAML at this line") from error
    return _validated(file, lined)


def _validated(file: Path, lined: Lined) -> ReportsFile:
    try:
        return ReportsFile.model_validate(lined.data)
    except ValidationError as error:
        said = []
        for detail in error.errors(include_url=False, include_input=False):
            place = tuple(detail["loc"])
            found = detail["msg"].removeprefix("Value error, ")
            said.append((f"`{'.'.join(map(str, place))}`: {found}", f"{file}:{lined.line(place)}"))
        rest = "".join(f"\nand also: {where}: {found}" for found, where in said[1:])
        raise WrongUse(*said[0], "correct this entry" + rest) from None


def report_named(file: ReportsFile, name: str) -> Report:
    """One report.

    Raises:
        WrongUse: there is none of that name.
    """
    if name not in file.reports:
        known = ", ".join(sorted(file.reports)) or "none yet"
        raise WrongUse(f"there is no report {name!r}", "config/reports.yaml", f"choose from: {known}")
    return file.reports[name]


def schema_text() -> str:
    """The grammar as JSON Schema, as it is committed."""
    found = ReportsFile.model_json_schema(by_alias=True)
    found |= {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Clausewatch reports"}
    return json.dumps(found, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
