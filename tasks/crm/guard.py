"""What may be said to a CRM: one SELECT. The CRM is a guest house; we read and leave.

The tokenizer knows no dialect. Where databases read the same text differently (a backslash before a quote,
``#``, ``--`` without a space, dollar quotes, nested comments, MySQL's executable comments), a statement could
look harmless here and write there: such text is refused. Beside this guard stand a read-only session and a
role without write privileges (``tasks.crm.privileges``).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from audits.errors import WrongUse
from tasks.crm.privileges import write_privileges

__all__ = ["Refused", "bind", "single_select", "write_privileges"]

_TOKEN = re.compile(
    r"""
      (?P<space>\s+ | --(?=[\s]|$)[^\n]* | /\*(?![!]|M!)(?:(?!\*/|/\*)[\s\S])*\*/)
    | (?P<quoted>'(?:[^'\\]|''|\\[^'\\]|\\\\)*' | "(?:[^"\\]|""|\\[^"\\]|\\\\)*" | `[^`\\]*`)
    | (?P<parameter>(?<![:\w]):[A-Za-z_]\w*)
    | (?P<word>[^\W\d]\w*)
    | (?P<number>(?:0[xX][0-9a-fA-F]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?!\w))
    | (?P<other>::|(?!/\*|--)[^\w\s'"`\#\\;$\x00])
    | (?P<end>;)
    """,
    re.VERBOSE,
)

_WRITES = frozenset({"into", "insert", "update", "delete", "merge", "outfile", "dumpfile"})
_LOCKS = frozenset({"update", "share", "no", "key"})
#: Functions that change state, reach files or other servers, or only hold the CRM up.
_ACTS = frozenset(
    """set_config nextval setval lo_import lo_export lo_unlink lo_create lo_put lo_from_bytea dblink
    dblink_exec dblink_connect pg_terminate_backend pg_cancel_backend pg_reload_conf pg_sleep pg_sleep_for
    pg_sleep_until pg_read_file pg_read_binary_file pg_ls_dir pg_advisory_lock pg_notify query_to_xml
    load_extension load_file sleep benchmark get_lock release_lock master_pos_wait writefile readfile
    fts3_tokenizer""".split()
)


class Refused(WrongUse):
    """The statement is not a single SELECT; nothing was sent."""


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str

    @property
    def low(self) -> str:
        return self.text.lower()


def single_select(sql: str, where: str = "") -> str:
    """The statement as it may be sent: comments and a closing semicolon taken off.

    Args:
        sql: what the mapping says.
        where: file and line, for the error.

    Raises:
        Refused: anything but one ``SELECT`` or ``WITH ... SELECT`` that neither writes nor locks.
    """
    try:
        tokens = list(_tokens(sql))
        while tokens and tokens[-1].kind in ("end", "space"):
            tokens.pop()
        _judge([token for token in tokens if token.kind != "space"])
    except ValueError as error:
        raise Refused(
            str(error), where, "write one SELECT (or WITH ... SELECT) that only reads; see docs/mappings.md"
        ) from error
    return "".join(_kept(token) for token in tokens).strip()


def _kept(token: _Token) -> str:
    return token.text if token.kind != "space" or token.text.isspace() else " "


def bind(sql: str, style: str) -> tuple[str, list[str]]:
    """The statement with its ``:name`` parameters in a driver's style, and their names in order.

    Args:
        sql: a statement that ``single_select`` let pass.
        style: ``numeric`` (``$1``), ``named`` (``:name``) or ``pyformat`` (``%(name)s``; ``%`` doubled).
    """
    tokens = list(_tokens(sql))
    names: list[str] = []
    parts = []
    percent = "%%" if style == "pyformat" and any(t.kind == "parameter" for t in tokens) else "%"
    for token in tokens:
        text = token.text.replace("%", percent)
        if token.kind == "parameter":
            name = token.text[1:]
            names += [] if name in names else [name]
            text = {"numeric": f"${names.index(name) + 1}", "named": f":{name}"}.get(style, f"%({name})s")
        parts.append(text)
    return "".join(parts), names


def _tokens(sql: str) -> Iterator[_Token]:
    at = 0
    while at < len(sql):
        found = _TOKEN.match(sql, at)
        if found is None:
            raise ValueError(_unreadable(sql[at : at + 12]))
        at = found.end()
        yield _Token(str(found.lastgroup), found[0])


def _unreadable(rest: str) -> str:
    reasons = {
        "--": "a comment `--` needs a space after it",
        "/*": "a comment `/*` is not closed, nested, or one that MySQL executes",
        "#": "`#` begins a comment in some databases and not in others",
        "$": "`$` quotes in some databases and not in others",
        "'": "a text in quotes is not closed, or has a backslash before a quote",
        '"': "a name in quotes is not closed, or has a backslash before a quote",
        "`": "a name in quotes is not closed, or has a backslash in it",
    }
    found = next((why for sign, why in reasons.items() if rest.startswith(sign)), None)
    return found or f"the sign {rest[:1]!r} cannot stand in a SELECT"


def _judge(tokens: list[_Token]) -> None:
    """Raise ValueError unless the tokens are one statement that only reads."""
    if not tokens:
        raise ValueError("there is no statement")
    if any(token.kind == "end" for token in tokens):
        raise ValueError("several statements are joined by a semicolon")
    head = tokens[0].low
    if head not in ("select", "with"):
        raise ValueError(f"the statement begins with `{tokens[0].text}`, not with SELECT or WITH")
    if head == "with":
        _main_is_select(tokens)
    for at, token in enumerate(tokens):
        if token.kind == "word" and not _qualified(tokens, at):
            _word(token.low, tokens[at + 1].low if at + 1 < len(tokens) else "")


def _main_is_select(tokens: list[_Token]) -> None:
    """After the closing bracket of the last CTE, what follows must be SELECT."""
    depth = 0
    mains = []
    for before, token in pairwise(tokens):
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth == 0 and before.text == ")" and token.kind == "word" and token.low != "as":
            mains.append(token.low)
    if not mains or mains[0] != "select":
        raise ValueError("the statement after WITH is no SELECT")


def _qualified(tokens: list[_Token], at: int) -> bool:
    """Whether the word is a column behind its table (``t.update``); ``1.INTO`` is not."""
    return at > 1 and tokens[at - 1].text == "." and tokens[at - 2].kind in ("word", "quoted")


def _word(word: str, after: str) -> None:
    if word in _WRITES:
        raise ValueError(f"`{word.upper()}` writes (a column of that name goes in quotes)")
    if (word == "for" and after in _LOCKS) or (word == "lock" and after == "in"):
        raise ValueError("the SELECT locks rows")
    if word.startswith("pragma_") or (word in _ACTS and after == "("):
        raise ValueError(f"the function `{word}` does more than read")
