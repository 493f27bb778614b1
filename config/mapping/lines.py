"""YAML read with its line numbers, so that an error can point at the line a person must mend.

Keys stay the words that were written (``1``, ``No``, ``2026-01-01``), dates stay text, and a key written
twice is an error: PyYAML alone would keep the last one silently.
"""

from dataclasses import dataclass, field
from typing import Final

import yaml

Path = tuple[str | int, ...]

#: libyaml reads ten times as fast; a PyYAML built without it has the same loader in Python.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class YamlProblem(Exception):
    """The text is no YAML, or says a key twice; ``line`` is where."""

    def __init__(self, found: str, line: int) -> None:
        self.line = line
        super().__init__(found)


@dataclass(frozen=True)
class Lined:
    """A YAML document as plain data, and the line of every path in it."""

    data: object
    lines: dict[Path, int] = field(repr=False)

    def line(self, path: Path) -> int:
        """Line of the deepest part of ``path`` that the file has; parts it does not know are passed over."""
        known: Path = ()
        for part in path:
            if (*known, part) in self.lines:
                known = (*known, part)
        return self.lines.get(known, 1)


def read_lined(text: str) -> Lined:
    """Read one YAML document.

    Raises:
        YamlProblem: not YAML, several documents, or a doubled key.
    """
    try:
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "this is not YAML"
        raise YamlProblem(str(problem), mark.line + 1 if mark else 1) from error
    lines: dict[Path, int] = {}
    return Lined(None if node is None else _plain(node, (), lines), lines)


def _plain(node: yaml.Node, path: Path, lines: dict[Path, int]) -> object:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _plain_map(node, path, lines)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(child, (*path, at), lines) for at, child in enumerate(node.value)]
    return _scalar(node)


def _plain_map(node: yaml.MappingNode, path: Path, lines: dict[Path, int]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise YamlProblem("a key must be a word", line)
        key = str(key_node.value)
        if key in found:
            raise YamlProblem(f"the key `{key}` stands twice", line)
        lines[(*path, key)] = line
        found[key] = _plain(value_node, (*path, key), lines)
    return found


def _scalar(node: yaml.Node) -> object:
    """Numbers, true, false and null as YAML 1.2 has them; ``yes``, ``off`` and dates stay words."""
    kind = node.tag.rpartition(":")[2]
    word = str(node.value)
    if kind == "bool" and word.lower() in ("true", "false"):
        return word.lower() == "true"
    if kind == "int" and word.lstrip("+-").isdigit():
        return int(word)
    if kind == "float":
        try:
            return float(word)
        except ValueError:
            return word
    return None if kind == "null" else word
