"""Find, read and check a mapping; every problem is told with its file and line, all of them at once."""

import re
from collections.abc import Mapping as Env
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import quote_plus

from pydantic import SecretStr, ValidationError
from pydantic_core import ErrorDetails

from config.mapping.check import check
from config.mapping.lines import Lined, YamlProblem, read_lined
from config.mapping.model import Connection, MappingFile
from config.mapping.problem import FileError, Problem
from config.mapping.schema import keys_at

#: Where mappings live when they are called by name.
FOLDER = Path(__file__).resolve().parent.parent / "crm"
#: The same folder of an installation that is worked in.
_HERE = Path("config/crm")
_NAME = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


class MappingError(FileError):
    """A mapping cannot be used."""


@dataclass(frozen=True)
class Mapping:
    """A mapping that was read and checked.

    Args:
        file: its content (``config.mapping.model.MappingFile``).
        path: the file, as it is shown in errors.
        text: the file's own text, for the snapshot; it holds no secret.
    """

    file: MappingFile
    path: str
    text: str = field(repr=False)
    _lined: Lined = field(repr=False)
    _env: Env[str, str] = field(repr=False)

    def where(self, *path: str | int) -> str:
        """``file:line`` of a place in the mapping, e.g. ``where("entities", "case", "select")``."""
        return f"{self.path}:{self._lined.line(path)}"

    def url(self, connection: str) -> SecretStr:
        """The connection's URL with the environment's names filled in.

        Raises:
            MappingError: a name is not set and there is no default.
        """
        found = self.file.connections[connection]
        missing = [name for name in _names(found.url or "") if not self._env.get(name)]
        if missing and found.default is not None:
            return SecretStr(found.default)
        if missing:
            raise self.error(
                f"{missing[0]} is not set in the environment",
                f"set it, for example {missing[0]}=postgresql://reader:password@host/database, "
                "or give the connection a `default`",
                *("connections", connection, "url"),
            )
        return SecretStr(self._filled(found))

    def filled(self, text: str, *path: str | int) -> SecretStr:
        """Any other text of the mapping with the environment's names filled in, as they stand there.

        Raises:
            MappingError: a name is not set.
        """
        for name in _names(text):
            if not self._env.get(name):
                raise self.error(f"{name} is not set in the environment", "set it", *path)
        return SecretStr(_NAME.sub(lambda match: self._env[match[1]], text))

    def _filled(self, connection: Connection) -> str:
        url = connection.url or ""
        whole = _NAME.fullmatch(url)
        if whole:
            return self._env[whole[1]]
        return _NAME.sub(lambda match: quote_plus(self._env[match[1]]), url)

    def error(self, found: str, do: str, *path: str | int) -> MappingError:
        """An error at a place in this mapping."""
        return MappingError([(found, self.where(*path), do)])


def load_mapping(path_or_name: str | Path, env: Env[str, str]) -> Mapping:
    """Read a mapping by path, or by name from ``config/crm/``: the working folder's first, then the shipped.

    Args:
        path_or_name: ``demo``, or a path that ends in ``.yaml`` or ``.yml``.
        env: the environment, for ``${NAME}`` in connections; looked up when a connection is opened.

    Raises:
        MappingError: no such file, not YAML, unknown key or field, half a block, bad zone ...: all at once.
    """
    path = _find(path_or_name)
    shown = _shown(path)
    try:
        text = path.read_text(encoding="utf-8")
        lined = read_lined(text)
    except OSError as error:
        raise MappingError([(f"cannot be read: {error.strerror}", shown, "check the path")]) from error
    except UnicodeDecodeError as error:
        raise MappingError([("the file is not UTF-8", shown, "save it as UTF-8")]) from error
    except YamlProblem as error:
        raise MappingError(
            [(str(error), f"{shown}:{error.line}", "correct the YAML at this line")]
        ) from error
    file = _validated(lined, shown)
    problems = check(file)
    if problems:
        raise MappingError([(p.found, f"{shown}:{lined.line(p.path)}", p.do) for p in problems])
    return Mapping(file, shown, text, lined, dict(env))


def _find(path_or_name: str | Path) -> Path:
    path = Path(path_or_name)
    if path.suffix in (".yaml", ".yml") or len(path.parts) > 1:
        return path
    known = {found.stem: found for folder in (FOLDER, _HERE) for found in sorted(folder.glob("*.yaml"))}
    if path.name not in known:
        raise MappingError(
            [
                (
                    f"no mapping is called `{path.name}`",
                    "config/crm",
                    f"known are: {', '.join(sorted(known)) or 'none'}",
                )
            ]
        )
    return known[path.name]


def _shown(path: Path) -> str:
    """The path relative to the working folder where it lies in it."""
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path.as_posix()


def _validated(lined: Lined, shown: str) -> MappingFile:
    if not isinstance(lined.data, dict):
        raise MappingError(
            [("the file is empty or no mapping of keys", f"{shown}:1", "begin with `schema: 1`")]
        )
    try:
        return MappingFile.model_validate(lined.data)
    except ValidationError as error:
        # pydantic's own errors carry the input (perhaps a secret): only our wording leaves this place
        problems = [_worded(detail, lined) for detail in error.errors(include_url=False, include_input=False)]
    raise MappingError([(p.found, f"{shown}:{lined.line(p.path)}", p.do) for p in problems])


def _worded(detail: ErrorDetails, lined: Lined) -> Problem:
    """Our wording of one pydantic error."""
    path = tuple(detail["loc"])
    name = str(path[-1]) if path else ""
    if detail["type"] == "extra_forbidden":
        known = _known_keys(path[:-1], lined)
        return Problem(path, f"unknown key `{name}`", _hint(name, known))
    if detail["type"] == "missing":
        return Problem(path, f"the key `{name}` is missing", "add it; docs/mappings.md shows a whole mapping")
    dotted = ".".join(str(part) for part in path if (*path[: path.index(part)], part) in lined.lines)
    said = detail["msg"].removeprefix("Value error, ")
    return Problem(path, f"`{dotted}`: {said[:1].lower()}{said[1:]}", "see docs/mappings.md")


def _known_keys(block: tuple[str | int, ...], lined: Lined) -> list[str]:
    """Keys the grammar knows for the block at this path, by walking the JSON Schema beside the data."""
    return keys_at([part for at, part in enumerate(block) if block[: at + 1] in lined.lines])


def _hint(name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f"did you mean `{close[0]}`?" if close else f"known here: {', '.join(known)}"


def _names(url: str) -> list[str]:
    return _NAME.findall(url)
