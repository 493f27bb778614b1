"""The outbox: each mail is claimed, sent and settled by one process."""

from collections.abc import Sequence
from typing import Final

from tasks.store import outbox
from tasks.store.face.opened import Opened
from tasks.store.rows import Answer, Moment, OutboxMail, Outcome, micros

#: Seconds for which a claim holds unless given back: whoever needs longer is taken for dead.
CLAIM_S: Final = 900


class Outbox(Opened):
    """Mails that wait, and what becomes of them."""

    def pending_mails(
        self, now: Moment | None = None, limit: int | None = None, source: str | None = None, kind: str = ""
    ) -> list[OutboxMail]:
        """Mails that may be sent at ``now`` (None: whatever waits), the longest waiting first.

        Args:
            source: of this source alone; None: of all.
            kind: of this kind alone; "": of all.
        """
        with self._read() as connection:
            return outbox.pending(connection, None if now is None else micros(now), limit, source, kind)

    def waiting_mails(
        self, now: Moment | None = None, source: str | None = None, kind: str = ""
    ) -> list[str]:
        """Ids of the same mails: what they hold is read one at a time (``waiting_mail``)."""
        with self._read() as connection:
            return outbox.waiting(connection, None if now is None else micros(now), source, kind)

    def waiting_mail(self, mail: str, now: Moment) -> OutboxMail | None:
        """One mail with its bytes; None where it waits no more."""
        with self._read() as connection:
            return next(iter(outbox.pending(connection, micros(now), 1, mail=mail)), None)

    def claim(self, mail: str, now: Moment, ttl_s: int = CLAIM_S) -> bool:
        """Take a mail to send it; False when somebody else has it or it waits no more.

        Args:
            ttl_s: seconds after which this process is taken for dead; longer than any timeout of sending.
        """
        with self._write() as connection:
            return outbox.claim(connection, mail, self.process, micros(now), ttl_s)

    def sending(self, mail: str, now: Moment) -> bool:
        """Say that DATA begins now. When it is False the claim was lost: send nothing."""
        with self._write() as connection:
            return outbox.begin(connection, mail, self.process, micros(now))

    def settle(
        self,
        mail: str,
        outcome: Outcome,
        now: Moment,
        answers: Sequence[Answer] = (),
        retry_at: Moment | None = None,
    ) -> bool:
        """Write what became of a claimed mail; False when the claim is not ours any more.

        Args:
            outcome: of the mail as a whole.
            answers: per recipient; one without an answer has the mail's outcome.
            retry_at: with ``failed``: the mail waits until then, for recipients who have not got it. None
                gives it up.
        """
        later = None if retry_at is None else micros(retry_at)
        with self._write() as connection:
            return outbox.settle(connection, mail, self.process, outcome, micros(now), answers, later)

    def recover_mails(self, now: Moment) -> tuple[int, int]:
        """Settle what dead processes claimed; call it before sending.

        Returns:
            How many mails wait again (DATA had not begun), and how many are unknown from now on.
        """
        with self._write() as connection:
            return outbox.recover(connection, micros(now))

    def resend(self, mail: str, now: Moment) -> bool:
        """A person's order: a refused, failed or unknown mail waits again, same bytes and Message-ID."""
        with self._write() as connection:
            return outbox.resend(connection, mail, micros(now))
