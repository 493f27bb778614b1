"""The words of every report, mail and terminal line, in Chinese and English, from one catalogue.

The catalogue is the YAML files beside this module, one a topic, with both languages of a key side by
side, so that whoever changes one sees the other. A key is ``topic.name``; its text may hold
``{placeholders}``, the same in both languages. English may give ``{one: ..., other: ...}``, chosen by
the value of ``n``. Integers are written with thousands commas.
"""

import re
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

import yaml

from audits.errors import WrongUse
from reports.format import count

#: The languages every key has; the first is the default.
LANGUAGES: Final = ("zh", "en")
_TAGS: Final = {"zh": "zh", "zh-cn": "zh", "zh-hans": "zh", "en": "en", "en-gb": "en", "en-us": "en"}
_STYLED: Final = re.compile(r"<(\w+)>(.*?)</\1>", re.DOTALL)


class Run(NamedTuple):
    """A stretch of a sentence; ``style`` is "", ``b`` (strong) or a state's or token's name."""

    text: str
    style: str


class Catalogue:
    """The catalogue in one language; call it with a key and the values of its placeholders."""

    def __init__(self, lang: str, texts: dict[str, Any]) -> None:
        self.lang = lang
        self._texts = texts

    def __call__(self, key: str, /, **values: object) -> str:
        """The text of ``key``; KeyError for an unknown key or a missing placeholder."""
        return "".join(run.text for run in self.runs(key, **values))

    def runs(self, key: str, /, **values: object) -> list[Run]:
        """The text of ``key`` in stretches; ``<b>`` and ``<breached>`` in the catalogue give their style.

        Values are put in after the styles are read: a name with ``<`` in it stays a name.
        """
        text = self._texts[key]
        if isinstance(text, dict):
            text = text["one" if values.get("n") == 1 else "other"]
        shown = {name: _shown(value) for name, value in values.items()}
        return [Run(part.format(**shown) if values else part, style) for part, style in _parts(str(text))]

    def has(self, key: str) -> bool:
        """Whether the catalogue knows this key."""
        return key in self._texts

    def or_else(self, key: str, fallback: str) -> str:
        """The text of ``key``, or ``fallback`` where the catalogue has no word of its own."""
        return self(key) if self.has(key) else fallback

    def under(self, prefix: str) -> dict[str, str]:
        """All plain texts whose key begins with ``prefix.``, by the rest of the key."""
        start = prefix + "."
        texts = self._texts.items()
        return {k[len(start) :]: t for k, t in texts if k.startswith(start) and isinstance(t, str)}


def _parts(text: str) -> list[tuple[str, str]]:
    parts, at = [], 0
    for found in _STYLED.finditer(text):
        parts += [(text[at : found.start()], ""), (found[2], found[1])]
        at = found.end()
    parts.append((text[at:], ""))
    return [part for part in parts if part[0]]


def _shown(value: object) -> str:
    return count(value) if isinstance(value, int) and not isinstance(value, bool) else str(value)


def language(tag: str) -> str:
    """``zh`` or ``en`` for a language tag such as ``zh-CN``; WrongUse for any other."""
    try:
        return _TAGS[tag.lower().replace("_", "-")]
    except KeyError:
        raise WrongUse(f"no reports in the language {tag!r}", "--lang", "use zh-CN or en") from None


@cache
def catalogue() -> dict[str, dict[str, Any]]:
    """Every key with its texts by language; a key that stands twice is an error."""
    texts: dict[str, dict[str, Any]] = {}
    for path in sorted(files(__package__).iterdir(), key=lambda p: p.name):
        if not path.name.endswith(".yaml"):
            continue
        topic = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
        if twice := texts.keys() & topic.keys():
            raise ValueError(f"{path.name}: keys that stand in another file too: {sorted(twice)}")
        texts.update(topic)
    return texts


@cache
def words(lang: str) -> Catalogue:
    """The catalogue in ``zh`` / ``zh-CN`` or ``en``."""
    short = language(lang)
    return Catalogue(short, {key: text[short] for key, text in catalogue().items()})
