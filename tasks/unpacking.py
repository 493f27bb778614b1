"""How large a packed file becomes: a workbook of some kilobytes may unpack to what no memory holds."""

from io import BytesIO
from pathlib import Path
from typing import Final
from zipfile import BadZipFile, ZipFile

#: Bytes; the largest real workbook has a million rows, and unpacks to some hundred megabytes.
MOST: Final = 2 * 2**30


def too_large(packed: Path | bytes, most: int = MOST) -> str:
    """What is wrong with a file that would unpack to more than ``most`` bytes, in words; "" for others.

    Sizes are those its table of contents gives: no reader unpacks more of a part than stands there.
    """
    try:
        with ZipFile(BytesIO(packed) if isinstance(packed, bytes) else packed) as parts:
            size = sum(part.file_size for part in parts.infolist())
    except (BadZipFile, OSError, ValueError):
        return ""  # whoever opens it says what it is instead
    return f"it would unpack to {size / 2**20:,.0f} MB; take the sheets apart" if size > most else ""
