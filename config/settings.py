"""Settings: one documented file, ``clausewatch.yaml``, with the environment going before it."""

import os
import re
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    YamlConfigSettingsSource,
)

from audits.errors import WrongUse

FILE = Path("clausewatch.yaml")
PREFIX = "CLAUSEWATCH_"
#: Settings of earlier versions, and what to do about each.
GONE = {
    "nightly": "write the cron under `schedules: nightly:` in config/schedules.yaml, and take it out here",
    "mailing": "write the cron under `schedules: mailing:` in config/schedules.yaml, and take it out here",
}


class Settings(BaseSettings):
    """Everything an installation may choose; each value from the environment, the file, or its default."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="forbid", yaml_file=FILE, yaml_file_encoding="utf-8"
    )

    source: str = Field("demo", description="mapping in config/crm/, or the path of one")
    names_in_reports: bool = Field(
        False, description="print names of customers, staff and teams beside their codes in reports"
    )
    profile: Literal["core", "ecs", "all"] = Field("core", description="which cards are on")
    lang: Literal["zh", "en"] = Field("zh", description="language of reports and mails")
    store_url: SecretStr = Field(
        SecretStr("sqlite:///state/clausewatch.db"), description="SQLAlchemy URL of the store"
    )
    out: Path = Field(Path("out"), description="folder of the runs")
    rules: Path = Field(Path("config"), description="folder that holds standards/ and readings/")
    calendar: Path = Field(Path("config/calendars/cn.yaml"), description="the state's working days")
    company_calendar: Path = Field(
        Path("config/calendars/company.yaml"), description="the house's own days on top"
    )
    hours_file: Path = Field(Path("config/calendars/hours.yaml"), description="opening hours")
    hours: str = Field("office", description="which opening hours are the house's")
    people: Path = Field(Path("config/people.yaml"), description="roles, teams, deputies, absences")
    reports: Path = Field(Path("config/reports.yaml"), description="reports that are sent by themselves")
    mail: Literal["eml", "smtp"] = Field("eml", description="where mails go")
    mail_from: str = Field("Clausewatch <clausewatch@example.com>", description="sender")
    smtp_host: str = Field("localhost", description="mail server")
    smtp_port: int = Field(587, ge=1, le=65535, description="its port")
    smtp_security: Literal["starttls", "tls", "none"] = Field("starttls", description="how it is secured")
    smtp_user: str = Field("", description="login; empty for none")
    smtp_password: SecretStr = Field(SecretStr(""), description="password of the login")
    smtp_ca_file: Path | None = Field(None, description="certificate authority to trust beside the system's")
    schedules: Path = Field(Path("config/schedules.yaml"), description="what runs by itself, and when")
    metrics_port: int = Field(
        0, ge=0, le=65535, description="port of loopback on which `up` serves figures to Prometheus; 0: none"
    )
    alarm_webhook: SecretStr = Field(
        SecretStr(""),
        description="address that Prefect's server calls about failed, crashed, late and stuck runs; empty: mail",
    )
    log_format: Literal["text", "json"] = Field("text", description="lines that `up` and its runs print")
    up_port: int = Field(4200, ge=1, le=65535, description="port of Prefect's server and UI under `up`")
    state: Path = Field(
        Path("state"), description="folder of the embedded store, the demo and Prefect's own files"
    )
    partitions: int = Field(1, ge=1, le=4096, description="parts in which cases are judged")
    cluster: str = Field(
        "",
        pattern=r"^(|local|(tcp|tls)://\S+:\d+)$",
        description="Dask scheduler whose workers judge the parts (tcp://host:8786), or local; empty: this process",
    )
    stale_after_hours: int = Field(36, ge=1, description="age of the newest row that raises an alarm")
    shrunk_below_percent: int = Field(
        70, ge=0, le=100, description="share of the last run's cases that raises one"
    )
    crm_retries: tuple[int, ...] = Field(
        (5, 30, 120),
        description="seconds to wait before each further try of a CRM that is down, slow or locked",
    )
    trail_key: SecretStr = Field(
        SecretStr(""), description="key that binds the trail; empty: `trail.key` in the folder `state`"
    )
    live_mails_a_day: int = Field(
        6, ge=0, description="mails a person and day above which `live` refuses to let a source go live"
    )
    waiver_max_days: int = Field(90, ge=1, description="longest time a waiver may hold")
    waiver_reminder_days: int = Field(
        7, ge=0, description="days before its end that officer is reminded of a waiver"
    )
    acknowledge: tuple[Literal["crm", "officer"], ...] = Field(
        ("crm", "officer"),
        description="what acknowledges: changes in the CRM, and what the officer enters; none: no repeats",
    )
    repeats: int = Field(
        3, ge=0, le=3, description="times a matter that nobody acknowledges is told again before it goes up"
    )
    repeat_after_hours: int = Field(24, ge=1, description="hours from one step of a ladder to the next")
    keep_snapshots_days: int = Field(
        730, ge=0, description="days after which a run's snapshot goes, its hashes and results stay; 0: never"
    )
    keep_mail_days: int = Field(
        365, ge=0, description="days after which mails' bytes and .eml files go, their hashes stay; 0: never"
    )
    keep_logs_days: int = Field(90, ge=0, description="days after which an untouched log goes; 0: never")
    keep_staging_days: int = Field(
        90, ge=0, description="days after which an untouched staging file of a landing goes; 0: never"
    )
    store_wait_s: int = Field(30, ge=0, description="seconds to wait for another process's lock on the store")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # the base class names them
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is given in code goes before the environment, the environment before the file."""
        return init_settings, env_settings, YamlConfigSettingsSource(settings_cls)


def load_settings(**given: Any) -> Settings:
    """Settings from what is given, the environment, ``clausewatch.yaml`` in this folder, and defaults.

    Raises:
        WrongUse: a name is unknown or a value does not fit; file or variable and what to do are named.
    """
    for name, do in GONE.items():
        if f"{PREFIX}{name.upper()}" in os.environ:  # the environment would be passed over silently
            raise WrongUse(f"there is no setting {name} any more", f"{PREFIX}{name.upper()}", do)
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        where = f"{FILE} or {PREFIX}{name.upper()}"
        if name in GONE:
            raise WrongUse(f"there is no setting {name} any more", where, GONE[name]) from None
        raise WrongUse(
            f"the setting {name} does not fit: {first['msg']}", where, "see the comments in the file"
        ) from None
    except (OSError, ValueError) as error:
        raise WrongUse(f"the settings cannot be read: {error}", str(FILE), "mend the file") from error


def origins(settings: Settings) -> list[tuple[str, str, str]]:
    """Each setting with its value (secrets masked) and where it came from: variable, file and line, or default."""
    variables = {name.upper(): name for name in os.environ}
    lines = _lines()
    out = []
    for name in Settings.model_fields:
        variable = f"{PREFIX}{name.upper()}"
        at = f"{FILE}:{lines[name]}" if name in lines else "default"
        out.append((name, _shown(getattr(settings, name)), variables.get(variable, at)))
    return out


def _lines() -> dict[str, int]:
    """Setting -> line of the file it stands on."""
    node = yaml.compose(FILE.read_text(encoding="utf-8"), yaml.SafeLoader) if FILE.exists() else None
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return {key.value: key.start_mark.line + 1 for key, _ in pairs}


def _shown(value: object) -> str:
    """A value as it may be shown: an address without its password, any other secret not at all."""
    if not isinstance(value, SecretStr):
        return str(value)
    said = value.get_secret_value()
    if not re.match(r"(sqlite|postgres)[\w+]*://", said):  # of a webhook's address, the path is the secret
        return str(value)
    said = re.sub(r"//([^:/@]*):.*@", r"//\1:***@", said)
    return re.sub(r"([?&][^=&]*(?:pass|secret|token|key)[^=&]*=)[^&]*", r"\1***", said, flags=re.IGNORECASE)
