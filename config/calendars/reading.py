"""Calendar files are read strictly: what is wrong is said with file, line and what to write instead."""

import re
from datetime import date
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from audits.errors import WrongUse
from audits.words import Words
from config.mapping.lines import Lined, YamlProblem, read_lined

Model = TypeVar("Model", bound=BaseModel)

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def iso_date(value: object) -> date:
    """A date written YYYY-MM-DD.

    Raises:
        ValueError: anything else, or a day that does not exist.
    """
    if not isinstance(value, str) or not _ISO.fullmatch(value):
        raise ValueError(f"{value!r} is not a date such as 2026-10-01")
    return date.fromisoformat(value)


IsoDate = Annotated[date, BeforeValidator(iso_date)]


class Part(BaseModel):
    """A part of a file: unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Named(Part):
    """Something with a name in both languages."""

    zh: str
    en: str

    @property
    def words(self) -> Words:
        """The name."""
        return Words(self.zh, self.en)


def text_of(path: Path) -> str:
    """The text of a file.

    Raises:
        WrongUse: no such file, or not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise WrongUse("no such file", where=str(path), do="check the path") from error
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUse(f"cannot be read: {error}", where=str(path), do="save it as UTF-8 text") from error


def parsed(model: type[Model], text: str, where: str) -> tuple[Model, Lined]:
    """A file's content checked against its model, with the line of every part.

    Args:
        where: the file as it is named in errors.

    Raises:
        WrongUse: the first thing that is wrong, with its line.
    """
    try:
        lined = read_lined(text)
    except YamlProblem as error:
        raise WrongUse(str(error), where=f"{where}:{error.line}", do="correct the YAML") from error
    try:
        return model.model_validate(lined.data), lined
    except ValidationError as error:
        first = error.errors()[0]
        place = tuple(first["loc"])
        name = ".".join(str(part) for part in place) or "the file"
        message = f"{name}: {first['msg'].removeprefix('Value error, ')}"
        raise WrongUse(
            message, where=f"{where}:{lined.line(_as_keys(place))}", do="correct this line"
        ) from error


def _as_keys(place: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Places as the lines know them; the model's keys of a mapping stay text."""
    return tuple(str(part) if isinstance(part, int) and part > 1000 else part for part in place)
