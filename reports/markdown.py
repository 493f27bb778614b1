"""Tables in Markdown for Prefect's UI, in which nothing that a CRM holds is Markdown or HTML."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

#: Signs that Markdown obeys; before each of them it takes a backslash.
_MARKUP: Final = re.compile(r"[\\`*_\[\]|~]|!(?=\[)")


class Code(str):
    """A text that stands as code, whatever it holds."""

    __slots__ = ()


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], aligned: str) -> str:
    """A Markdown table; ``aligned`` has ``r`` for each right-set column."""
    lines = [heads, ["---:" if way == "r" else "---" for way in aligned], *rows]
    return "\n".join("| " + " | ".join(cell(one) for one in line) + " |" for line in lines)


def cell(text: str) -> str:
    """One line in which nothing is Markdown or HTML."""
    said = " ".join(text.split())
    if isinstance(text, Code):
        return "`" + said.replace("`", "ˋ").replace("|", "\\|") + "`"
    return _MARKUP.sub(r"\\\g<0>", said).replace("<", "&lt;") or " "
