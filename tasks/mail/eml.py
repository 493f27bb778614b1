"""Mails as files: what a server would have got, for people who try things out. No evidence of telling."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tasks.mail.transport import Delivery
from tasks.store.rows import OutboxMail


class EmlFolder:
    """Writes each mail to a file of its own; the same mail has always the same file.

    Args:
        folder: made when it is missing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, mail: OutboxMail) -> Path:
        """Where a mail is written: what it is, for whom, and its id."""
        return self._folder / f"{mail.kind}-{_plain(mail.person_id)}-{mail.mail}.eml"

    def deliver(self, mail: OutboxMail, before_content: Callable[[], None]) -> Delivery:
        """Write the file whole or not at all."""
        path = self.path(mail)
        unfinished = path.with_name(f".unfinished-{path.name}")
        before_content()
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            unfinished.write_bytes(mail.content)
            unfinished.replace(path)
        except OSError as error:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
            said = f"{path}: {error.strerror or error}"
            return Delivery.same(mail.recipients, "failed", text=said, trouble=said)
        return Delivery.same(mail.recipients, "written", text=str(path))

    def close(self) -> None:
        """Nothing is held."""


def _plain(person_id: str) -> str:
    """The person's key with nothing in it that a file name may not hold."""
    return "".join(sign if sign.isalnum() or sign in "-_" else "_" for sign in person_id)
