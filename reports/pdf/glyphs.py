"""Characters that the print's one font cannot draw stand by their code points: an auditor never meets an empty box.

A code point is exact and short, and whoever has the name elsewhere can compare it; page, sheets and JSON hold the
characters themselves.
"""

import re
import struct
from functools import cache
from pathlib import Path
from typing import Final
from unicodedata import normalize

#: So many of one run are spelt; of a longer one it is said how many more there are.
SPELT: Final = 6
#: What shapes its neighbours and is never drawn itself: joiners and selectors of variants.
_UNDRAWN: Final = "\u200c-\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef"
#: A letter with marks of its own, which one character may stand for.
_MARKED: Final = re.compile("[^\\W\\d_][\u0300-\u036f]+")
_ENTRY: Final = struct.Struct(">HHI")  # of the list of character maps: platform, encoding, offset
_GROUP: Final = struct.Struct(">III")  # of map 12: first and last character, first glyph


def drawable(text: str, font: Path) -> str:
    """The text with each run of characters that the font lacks as ``[U+05E9 U+05DC]``; the rest as it is."""
    known = drawn_by(font)
    composed = _MARKED.sub(lambda letter: normalize("NFC", letter[0]), text)
    lacking = {one for one in set(composed) if not one.isascii() and one not in known and not _undrawn(one)}
    if not lacking:
        return composed
    one = f"[{re.escape(''.join(sorted(lacking)))}]"
    runs = re.compile(f"{one}(?:[{_UNDRAWN}]*{one})*[{_UNDRAWN}]*")
    return runs.sub(lambda run: _spelt(run[0]), composed)


def _undrawn(one: str) -> bool:
    return re.match(f"[{_UNDRAWN}]", one) is not None


def _spelt(run: str) -> str:
    said = " ".join(f"U+{ord(one):04X}" for one in run[:SPELT])
    return f"[{said} +{len(run) - SPELT}]" if len(run) > SPELT else f"[{said}]"


@cache
def drawn_by(font: Path) -> frozenset[str]:
    """Every character that an OpenType font has a glyph for, by its map of all planes."""
    with font.open("rb") as file:
        tables = struct.unpack(">4xH6x", file.read(12))[0]
        found = dict(struct.iter_unpack(">4s4xI4x", file.read(16 * tables)))
        base = found[b"cmap"]
        file.seek(base)
        maps = [_ENTRY.unpack(file.read(8)) for _ in range(struct.unpack(">2xH", file.read(4))[0])]
        for _, _, offset in maps:
            file.seek(base + offset)
            if struct.unpack(">H", file.read(2))[0] == 12:
                groups = struct.unpack(">10xI", file.read(14))[0]
                spans = _GROUP.iter_unpack(file.read(groups * _GROUP.size))
                return frozenset(
                    chr(code) for first, last, glyph in spans for code in range(first, last + 1) if glyph
                )
    return frozenset()
