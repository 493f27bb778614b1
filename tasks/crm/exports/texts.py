"""Exported text files: which encoding, which separator, and their rows; nothing is replaced, nothing guessed on.

UTF-8 is tried first and strictly, then GB18030 (GBK and GB2312 are parts of it). Almost any bytes are GB18030
of some kind, so what comes out must look like Chinese that people write, and the header must be known.
"""

import codecs
import csv
import io
from collections import Counter
from collections.abc import Callable
from typing import Final

from tasks.crm.exports.errors import Unreadable
from tasks.crm.exports.sheets import Row, Sheet

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8 with BOM"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_SEPARATORS: Final = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "bars"}
_LOOKED_AT: Final = 40  # rows in which a header may stand
_SAMPLE: Final = 200_000  # signs that tell whether a text is Chinese
_SAVE: Final = 'save the file anew as "CSV UTF-8"'

#: How many known headers the best of some rows has.
Score = Callable[[list[Row]], int]


def read_text(file: str, content: bytes, score: Score) -> Sheet:
    """One text file as a sheet.

    Args:
        file: its name.
        content: its bytes.
        score: tells how well rows fit; the separator with the best score is the file's.

    Raises:
        Unreadable: no encoding fits, or a quote is not closed.
    """
    text, encoding = decode(content)
    separator = max(_SEPARATORS, key=lambda each: score(_first_rows(text, each)))
    return Sheet(file, "", _rows(text, separator), f"{encoding}, {_SEPARATORS[separator]}", even=True)


def decode(content: bytes) -> tuple[str, str]:
    """The text, and the name of its encoding.

    Raises:
        Unreadable: it is no text, or in none of the known encodings; the first bad byte's line is named.
    """
    for mark, codec, name in _MARKS:
        if content.startswith(mark):
            return _strictly(content, codec, name), name
    if b"\0" in content:
        raise Unreadable(f"this is no text: it holds zero bytes; {_SAVE}")
    try:
        return content.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError as error:
        if _mostly_utf8(content):
            raise Unreadable(f"damaged UTF-8 {_at(content, error.start)}; export it again") from None
    text = _strictly(content, "gb18030", "UTF-8 nor GB18030 (GBK)")
    if not _chinese(text):
        raise Unreadable(f"neither UTF-8 nor GB18030 (GBK){_guess(content)}; {_SAVE}")
    return text, "GB18030"


def _strictly(content: bytes, codec: str, name: str) -> str:
    try:
        return content.decode(codec)
    except UnicodeDecodeError as error:
        if codec == "gb18030":
            said = f"neither {name}: byte {content[error.start]:#04x} {_at(content, error.start)}"
            raise Unreadable(f"{said}{_guess(content)}; {_SAVE}") from None
        raise Unreadable(f"damaged {name} {_at(content, error.start)}; export it again") from None


def _at(content: bytes, byte: int) -> str:
    line = content.count(b"\n", 0, byte) + 1
    return f"in line {line}"


def _mostly_utf8(content: bytes) -> bool:
    """Whether a few bytes alone are wrong: read as another encoding the rest would become nonsense."""
    text = content[: _SAMPLE * 4].decode("utf-8", "replace")
    wrong = text.count("\ufffd")
    return wrong * 10 < sum(1 for sign in text if sign > "\x7f")


def _chinese(text: str) -> bool:
    """Whether most signs beyond ASCII are those of GB2312, as in nearly all that is written."""
    signs = Counter(sign for sign in text[:_SAMPLE] if sign > "\x7f")
    common = sum(count for sign, count in signs.items() if _is_common(sign))
    return common * 10 >= 7 * signs.total()


def _is_common(sign: str) -> bool:
    try:
        return len(sign.encode("gb2312")) == 2
    except UnicodeEncodeError:
        return False


def _guess(content: bytes) -> str:
    from charset_normalizer import from_bytes  # noqa: PLC0415  # only for a file that cannot be read

    best = from_bytes(content[:20_000]).best()
    return f" (perhaps {best.encoding})" if best else ""


def _first_rows(text: str, separator: str) -> list[Row]:
    reader = csv.reader(io.StringIO(text[:_SAMPLE], newline=""), delimiter=separator)
    rows: list[Row] = []
    try:
        for row in reader:
            rows.append(list(row))
            if len(rows) == _LOOKED_AT:
                break
    except csv.Error:
        return rows
    return rows


def _rows(text: str, separator: str) -> list[Row]:
    """All rows; a quote that is never closed would swallow the rest of the file."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[Row] = []
    try:
        rows.extend(reader)  # type: ignore[arg-type]
    except csv.Error as error:
        raise Unreadable(f"row {len(rows) + 1}: {error}; a quote is not closed or not doubled") from None
    return rows
