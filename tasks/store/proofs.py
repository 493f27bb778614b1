"""What the server said to each mail: the proof that a notice was taken, or that it was not."""

from typing import Final

import pandas as pd
from sqlalchemy import Connection, and_, func, select

from audits.findings import INSTANT
from tasks.store import bulk
from tasks.store.schema import deliveries, mails, notices

#: Columns of the frame: the last attempt of each mail, and how many notices it carried.
PROOF_COLUMNS: Final = {
    **dict.fromkeys(("mail", "person_id", "kind", "message_id", "outcome", "text"), "str"),
    **dict.fromkeys(("code", "attempt", "notices"), "int64"),
    "at": INSTANT,
}


def delivery_proofs(connection: Connection, source: str) -> pd.DataFrame:
    """The last answer to each mail of a source that was tried, oldest first; columns ``PROOF_COLUMNS``."""
    last = (
        select(deliveries.c.mail, func.max(deliveries.c.attempt).label("attempt"))
        .group_by(deliveries.c.mail)
        .subquery()
    )
    carried = (
        select(notices.c.mail, func.count().label("notices"))
        .where(notices.c.source == source)
        .group_by(notices.c.mail)
        .subquery()
    )
    of = {"person_id": mails, "kind": mails, "message_id": mails, "attempt": last}
    count = func.coalesce(carried.c.notices, 0).label("notices")  # a mail to the engineer may carry none
    query = (
        select(*(count if name == "notices" else of.get(name, deliveries).c[name] for name in PROOF_COLUMNS))
        .join(last, and_(last.c.mail == deliveries.c.mail, last.c.attempt == deliveries.c.attempt))
        .join(mails, mails.c.mail == deliveries.c.mail)
        .outerjoin(carried, carried.c.mail == deliveries.c.mail)
        .where(mails.c.source == source)
        .order_by(deliveries.c.at, deliveries.c.mail, deliveries.c.recipient)
    )
    return bulk.read(connection, query, PROOF_COLUMNS)
