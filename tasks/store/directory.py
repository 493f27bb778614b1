"""Names and addresses: joined when something is rendered or sent, kept in one place, and erasable (law 21)."""

from typing import Final

import numpy as np
import pandas as pd
from sqlalchemy import Connection, select, update

from tasks.store import bulk
from tasks.store.schema import deliveries, directory, mails

#: Columns of a directory frame, all text.
COLUMNS: Final = ("entity", "id", "code", "name", "email", "phone")
_TEXTS: Final = dict.fromkeys(COLUMNS, "str")
_ENDED: Final = ("pending", "claimed")


def put(connection: Connection, source: str, frame: pd.DataFrame) -> None:
    """Add entries and correct those that are there; whoever was erased stays erased."""
    rows = frame.reindex(columns=list(COLUMNS)).astype("str").fillna("")
    rows = rows.drop_duplicates(["entity", "id"], keep="last")
    rows["source"] = source
    rows["erased_at"] = pd.array(np.full(len(rows), None), dtype="Int64")
    bulk.put(connection, directory, rows, "directory.erased_at IS NULL")


def get(connection: Connection, source: str) -> pd.DataFrame:
    """Every entry of a source."""
    query = select(*(directory.c[name] for name in COLUMNS)).where(directory.c.source == source)
    return bulk.read(connection, query.order_by(directory.c.entity, directory.c.id), _TEXTS)


def erase(connection: Connection, source: str, entity: str, key: str, at: int) -> bool:
    """Forget name, number and addresses of one entry, and the mails made for it; False: no such entry.

    What is kept: ids and codes in findings, events and notices, and that a mail was sent, when, with what
    outcome. A mail that still waited is not sent any more.
    """
    one = (directory.c.source == source) & (directory.c.entity == entity) & (directory.c.id == key)
    blank = {"code": "", "name": "", "email": "", "phone": "", "erased_at": at}
    if not connection.execute(update(directory).where(one).values(blank)).rowcount:
        return False
    if entity == "staff":
        _erase_mails(connection, source, key, at)
    return True


def _erase_mails(connection: Connection, source: str, person: str, at: int) -> None:
    theirs = (mails.c.source == source) & (mails.c.person_id == person)
    stopped = {"state": "failed", "settled_at": at}
    connection.execute(update(mails).where(theirs, mails.c.state.in_(_ENDED)).values(stopped))
    connection.execute(update(mails).where(theirs).values(content=b"", recipients="", message_id=""))
    made = connection.execute(select(mails.c.mail).where(theirs)).scalars().all()
    for mail in made:
        told = select(deliveries.c.attempt, deliveries.c.recipient).where(deliveries.c.mail == mail)
        for number, row in enumerate(connection.execute(told).all()):
            key = (deliveries.c.mail == mail) & (deliveries.c.attempt == row.attempt)
            one = update(deliveries).where(key, deliveries.c.recipient == row.recipient)
            connection.execute(one.values(recipient=f"erased {number}", text=""))
