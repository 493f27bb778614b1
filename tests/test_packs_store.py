"""Packs in the store: entered whole with their mails, once, and proved by what the server answered."""

import gc
from dataclasses import replace

import pytest

from tasks.mail import Delivery, send_pending
from tasks.store import Store
from tasks.store.errors import StaleChanges
from tasks.store.packs import PackRow
from tasks.store.rows import Answer, MailRow, OutboxMail
from tests.store_fixtures import store, url
from tests.store_world import BEGIN, Clock

__all__ = ["store", "url"]
PACK = PackRow("demo", "monthly", "2026-10", 0, "sent", 100, "abc", "{}", "demo-2026-10")


def mail(name: str, kind: str = "pack") -> MailRow:
    return MailRow(
        name, f"p-{name}", kind, "cw@house.example", (f"{name}@house.example",), f"<{name}@h>", b"x"
    )


class Server:
    """Takes every mail and remembers its kind and id."""

    def __init__(self) -> None:
        self.took: list[str] = []

    def deliver(self, one: object, before: object) -> Delivery:
        before()  # type: ignore[operator]
        self.took.append(one.mail)  # type: ignore[attr-defined]
        return Delivery((Answer(one.recipients[0], "sent", 250, "2.0.0 taken"),))  # type: ignore[attr-defined]

    def close(self) -> None:
        """Nothing is held."""


def test_a_pack_entered_twice_owes_its_mails_once_and_a_new_reader_one_more(store: Store) -> None:
    assert store.owe_pack(PACK, [mail("a"), mail("b")], BEGIN) == 2
    assert store.owe_pack(PACK, [mail("a"), mail("b")], BEGIN) == 0
    assert store.owe_pack(PACK, [mail("a"), mail("c")], BEGIN) == 1
    assert store.known_packs("demo")[["report", "period", "n", "state"]].to_numpy().tolist() == [
        ["monthly", "2026-10", 0, "sent"]
    ]
    assert store.known_packs("other").empty


def test_another_pack_under_the_same_number_is_refused_with_all_its_mails(store: Store) -> None:
    store.owe_pack(PACK, [mail("a")], BEGIN)
    with pytest.raises(StaleChanges, match="another process"):
        store.owe_pack(replace(PACK, snapshot="def"), [mail("z")], BEGIN)
    assert [one.mail for one in store.pending_mails()] == ["a"]


def test_a_withheld_pack_says_which_snapshot_was_the_last_that_would_not_do(store: Store) -> None:
    held = replace(PACK, state="withheld", note="behind", snapshot="", figures="", folder="")
    for as_of in (100, 300, 200):
        store.owe_pack(replace(held, as_of=as_of), [mail("w", "withheld")], BEGIN)
    store.owe_pack(replace(PACK, source="other"), [], BEGIN)
    assert store.known_packs()[["source", "n", "as_of"]].to_numpy().tolist() == [
        ["demo", 0, 300], ["other", 0, 100],
    ]  # fmt: skip
    assert [one.mail for one in store.pending_mails()] == ["w"]


def test_what_was_withheld_goes_out_by_itself_and_each_mail_is_proved_by_the_servers_answer(
    store: Store,
) -> None:
    store.owe_pack(PACK, [mail("a")], BEGIN)
    store.owe_pack(
        replace(PACK, n=1, state="withheld", note="stale", figures=""), [mail("w", "withheld")], BEGIN
    )
    server, clock = Server(), Clock(BEGIN)
    send_pending(store, server, clock, "demo", "withheld")
    assert server.took == ["w"]
    send_pending(store, server, clock, "demo")
    proof = {
        one.of: (one.kind, one.state, one.recipient, one.code, one.text)
        for one in store.proof_of_packs("demo")
    }
    assert proof == {
        "pack monthly 2026-10 0": ("pack", "sent", "a@house.example", 250, "2.0.0 taken"),
        "pack monthly 2026-10 1": ("withheld", "sent", "w@house.example", 250, "2.0.0 taken"),
    }


def test_mails_with_their_attachments_are_read_one_at_a_time(store: Store) -> None:
    class Counting(Server):
        """Remembers how many mails of the outbox are held at once."""

        held = 0

        def deliver(self, one: object, before: object) -> Delivery:
            mine = [kept for kept in gc.get_objects() if type(kept) is OutboxMail and kept.source == "big"]
            self.held = max(self.held, len(mine))
            return super().deliver(one, before)

    store.owe_pack(replace(PACK, source="big"), [mail(name) for name in "abc"], BEGIN)
    server = Counting()
    assert dict(send_pending(store, server, Clock(BEGIN), "big").outcomes) == {"sent": 3}
    assert (server.took, server.held) == (["a", "b", "c"], 1)
