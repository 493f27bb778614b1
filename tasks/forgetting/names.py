"""A person's names and addresses, told apart from other text, in whatever a file may hold them.

Letters are compared as Unicode folds their case, whatever a database or language calls the same: ``STRASSE`` is
``Straße``.
"""

import email.policy
import html
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from email import message_from_bytes
from email.message import EmailMessage
from functools import cached_property
from pathlib import PurePath
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

#: Shorter texts would be found everywhere.
_SHORTEST: Final = 2
#: What cannot be looked into: its neighbours in the folder speak for it.
CLOSED: Final = frozenset({".pdf", ".png"})
_SIGN: Final = "A-Za-z0-9"


class Names:
    """Texts that are looked for and taken out, whole words where they are written in Latin letters.

    Args:
        texts: names, addresses and numbers; what is shorter than two signs is passed over.
        instead: what stands in their place afterwards: the code, which is kept.
    """

    def __init__(self, texts: Iterable[str], instead: str) -> None:
        self.texts = sorted({text for text in texts if len(text.strip()) >= _SHORTEST}, key=len, reverse=True)
        self._instead = instead

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        forms = {form.casefold() for text in self.texts for form in _forms(text)}
        return re.compile("|".join(_bounded(form) for form in sorted(forms, key=len, reverse=True)))

    def in_text(self, text: str) -> bool:
        """Whether one of them stands there, in whatever case."""
        return bool(self.texts) and self._pattern.search(text.casefold()) is not None

    def out_of(self, text: str) -> str:
        """The text with the code in their place."""
        return self._without(text, lambda _: self._instead)

    def _without(self, text: str, put: Callable[[str], str]) -> str:
        """The text with something put in the place of each."""
        if not self.in_text(text):
            return text
        at = [place for place, sign in enumerate(text) for _ in sign.casefold()]  # folded, a sign may be two
        parts, done = [], 0
        for found in self._pattern.finditer(text.casefold()):
            start, end = max(at[found.start()], done), at[found.end() - 1] + 1
            parts += [text[done:start], put(text[start:end])]
            done = end
        return "".join([*parts, text[done:]])

    def masked(self, content: bytes) -> bytes:
        """Plain UTF-8 text of the same length, stars in their place: a log that somebody still writes to."""
        text = content.decode(errors="surrogateescape")
        return self._without(text, lambda name: "*" * len(name.encode())).encode(errors="surrogateescape")

    def in_file(self, name: str, content: bytes) -> bool:
        """Whether one stands in a file's content: text, mail with attachments, workbook or Parquet.

        What stands in a PDF or picture is not seen (``CLOSED``).
        """
        return bool(self.texts) and any(self.in_text(text) for text in _texts(name, content))


def _forms(text: str) -> set[str]:
    """A text as HTML, XML and JSON write it."""
    escaped = {text, html.escape(text), html.escape(text, quote=False)}
    return escaped | {json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}


def _bounded(text: str) -> str:
    before = f"(?<![{_SIGN}])" if re.match(f"[{_SIGN}]", text) else ""
    after = f"(?![{_SIGN}])" if re.search(f"[{_SIGN}]$", text) else ""
    return f"{before}{re.escape(text)}{after}"


def _texts(name: str, content: bytes) -> Iterator[str]:
    kind = PurePath(name).suffix.lower()
    if kind == ".eml":
        yield from _of_mail(content)
    elif kind in {".xlsx", ".zip"} and zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as whole:
            for member in whole.namelist():
                yield from _texts(member, whole.read(member))
    elif kind == ".parquet":
        yield from _of_table(content)
    elif kind not in CLOSED:
        text = content.decode(errors="replace")
        yield text
        if "&#" in text:  # a workbook may write signs by their numbers
            yield html.unescape(text)


def _of_mail(content: bytes) -> Iterator[str]:
    mail = message_from_bytes(content, EmailMessage, policy=email.policy.default)
    yield "\n".join(str(value) for _, value in mail.items())
    for part in mail.walk():
        if not part.is_multipart():
            body = part.get_payload(decode=True)
            yield from _texts(part.get_filename() or "body.txt", body if isinstance(body, bytes) else b"")


def _of_table(content: bytes) -> Iterator[str]:
    try:
        table = pq.read_table(io.BytesIO(content))
    except (pa.ArrowException, OSError):
        return
    for column in table.columns:
        kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
        if pa.types.is_string(kind) or pa.types.is_large_string(kind):
            yield "\n".join(filter(None, column.unique().to_pylist()))
