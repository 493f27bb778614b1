"""The words of every report, mail and terminal line, in Chinese and English, from Babel's catalogues.

A folder a language, a PO file a topic (``zh_CN/front.po``, ``en/front.po``), with the same keys in the same
order. A key is ``topic.name``; its text may hold ``{placeholders}``, the same in both languages. Where the
text follows a number, ``msgstr[...]`` gives one for each plural form of the language, chosen by the value of
``n``. Integers are written with thousands commas.

They are read as they stand: no step compiles them, and Babel reads both languages in a twentieth of a second.
"""

import re
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Final, NamedTuple

from babel import Locale
from babel.messages.pofile import read_po

from audits.errors import WrongUse
from reports.format import count

#: The languages every key has; the first is the default.
LANGUAGES: Final = ("zh", "en")
_FOLDERS: Final = {"zh": "zh_CN", "en": "en"}
#: Plural forms in the order of CLDR, which is that of ``msgstr[...]``.
_FORMS: Final = ("zero", "one", "two", "few", "many", "other")
_TAGS: Final = {"zh": "zh", "zh-cn": "zh", "zh-hans": "zh", "en": "en", "en-gb": "en", "en-us": "en"}
_STYLED: Final = re.compile(r"<(\w+)>(.*?)</\1>", re.DOTALL)


#: A text, or one for each plural form.
Text = str | tuple[str, ...]


class Run(NamedTuple):
    """A stretch of a sentence; ``style`` is "", ``b`` (strong) or a state's or token's name."""

    text: str
    style: str


class Catalogue:
    """The catalogue in one language; call it with a key and the values of its placeholders."""

    def __init__(self, lang: str, texts: dict[str, Text]) -> None:
        self.lang = lang
        self._texts = texts
        self._plural = Locale.parse(_FOLDERS[lang]).plural_form

    def __call__(self, key: str, /, **values: object) -> str:
        """The text of ``key``; KeyError for an unknown key or a missing placeholder."""
        return "".join(run.text for run in self.runs(key, **values))

    def runs(self, key: str, /, **values: object) -> list[Run]:
        """The text of ``key`` in stretches; ``<b>`` and ``<breached>`` in the catalogue give their style.

        Values are put in after the styles are read: a name with ``<`` in it stays a name.
        """
        text = self._texts[key]
        if isinstance(text, tuple):
            text = text[self._form(values.get("n"))]
        shown = {name: _shown(value) for name, value in values.items()}
        return [Run(part.format(**shown) if values else part, style) for part, style in _parts(text)]

    def _form(self, n: object) -> int:
        """Which plural form this number takes; the last, ``other``, for what is no number."""
        forms: list[str] = [form for form in _FORMS if form in self._plural.tags or form == "other"]
        return forms.index(self._plural(n)) if isinstance(n, int) else len(forms) - 1

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
def catalogue() -> dict[str, dict[str, Text]]:
    """Every key with its texts by language; a key that stands twice is an error."""
    texts: dict[str, dict[str, Text]] = {}
    for lang in LANGUAGES:
        for key, text in _read(lang).items():
            texts.setdefault(key, {})[lang] = text
    return texts


@cache
def _read(lang: str) -> dict[str, Text]:
    texts: dict[str, Text] = {}
    for path in sorted(files(__package__).joinpath(_FOLDERS[lang]).iterdir(), key=lambda p: p.name):
        for message in read_po(BytesIO(path.read_bytes()), abort_invalid=True):
            key = message.id[0] if isinstance(message.id, (tuple, list)) else message.id
            if key in texts:
                raise ValueError(f"{path}: a key that stands in another file too: {key}")
            if key:
                text = message.string or ""
                texts[key] = text if isinstance(text, str) else tuple(text)
    return texts


@cache
def words(lang: str) -> Catalogue:
    """The catalogue in ``zh`` / ``zh-CN`` or ``en``."""
    short = language(lang)
    return Catalogue(short, _read(short))
