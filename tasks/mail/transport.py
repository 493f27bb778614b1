"""What every way of sending answers: what became of a mail for each recipient, never a guess."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from tasks.store.rows import Answer, OutboxMail, Outcome


@dataclass(frozen=True)
class Delivery:
    """What became of one mail.

    Args:
        answers: one for each recipient, in their order.
        trouble: what is wrong with the server or the connection rather than with this mail: the next mail
            would fare no better now. "" when nothing is.
    """

    answers: tuple[Answer, ...]
    trouble: str = ""

    @classmethod
    def same(
        cls, recipients: Iterable[str], outcome: Outcome, code: int = 0, text: str = "", trouble: str = ""
    ) -> "Delivery":
        """The same answer for every recipient."""
        return cls(tuple(Answer(one, outcome, code, text) for one in recipients), trouble)


class Transport(Protocol):
    """A way of sending. One transport serves one run: it is not shared between threads."""

    def deliver(self, mail: OutboxMail, before_content: Callable[[], None]) -> Delivery:
        """Send one mail, exactly its bytes, once.

        Args:
            mail: what to send, and to whom.
            before_content: called once, just before the content leaves: from there on a broken connection
                makes the mail's fate ``unknown``. When it raises, nothing is sent.
        """
        ...

    def close(self) -> None:
        """Give back what it holds."""
        ...
