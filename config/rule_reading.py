"""One rule file as it is read: YAML that follows its grammar, with the line of each of its parts for errors."""

from difflib import get_close_matches
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from audits.errors import WrongUse
from config.calendars.reading import text_of
from config.mapping.lines import Lined, YamlProblem, read_lined
from config.rule_columns import Place

Grammar = TypeVar("Grammar", bound=BaseModel)


class RuleFile(Generic[Grammar]):
    """One YAML file that follows its grammar, with the line of each of its parts.

    Args:
        page: the page that explains the file.

    Raises:
        WrongUse: the file is missing, no YAML, or says something the grammar does not know.
    """

    def __init__(self, path: Path, grammar: type[Grammar], page: str = "docs/cards.md") -> None:
        self.path = path
        self.lined = _lined(path)
        try:
            self.data = grammar.model_validate(self.lined.data)
        except ValidationError as error:
            raise self.wrong(*_worded(error, grammar, page)) from error

    def where(self, place: Place) -> str:
        """File and line of a part."""
        return f"{self.path}:{self.lined.line(place)}"

    def wrong(self, place: Place, found: str, do: str) -> WrongUse:
        """An error at a part of this file."""
        return WrongUse(found, self.where(place), do)


def _lined(path: Path) -> Lined:
    try:
        return read_lined(text_of(path))
    except YamlProblem as error:
        raise WrongUse(str(error), f"{path}:{error.line}", "mend the YAML") from error


def _worded(error: ValidationError, grammar: type[BaseModel], page: str) -> tuple[Place, str, str]:
    """Place, finding and advice of the first problem."""
    first = error.errors(include_url=False)[0]
    place = tuple(first["loc"])
    name = str(place[-1]) if place else ""
    if first["type"] == "extra_forbidden":
        keys = _keys(grammar)
        close = get_close_matches(name, keys, n=1)
        do = f"did you mean `{close[0]}`?" if close else f"known are {', '.join(sorted(keys))}"
        return place, f"there is no key `{name}`", do
    if first["type"] == "missing":
        return place, f"the key `{name}` is missing", f"add `{name}:`"
    said = first["msg"].removeprefix("Value error, ")
    dotted = ".".join(str(part) for part in place if part != "[key]")
    return place, f"{dotted or 'the file'}: {said[:1].lower()}{said[1:]}", f"see {page}"


def _keys(grammar: type[BaseModel]) -> set[str]:
    """Every key that the grammar has in any of its blocks."""
    schema = grammar.model_json_schema(by_alias=True)
    blocks = [schema, *schema.get("$defs", {}).values()]
    return {key for block in blocks for key in block.get("properties", {})}
