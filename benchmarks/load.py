"""The load of a large house, as canonical Parquet: a million cases and what belongs to them.

Everything is drawn from one seed, so the same sizes give the same rows. The span holds mid-autumn, National
Day and their make-up weekends; what would come after the audit's instant has not happened yet.
"""

from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from audits.instants import DAY, HOUR, MINUTE, SECOND
from audits.model import MODEL

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

CASES: Final = 1_000_000
#: Rows of the other entities for each case.
_SHARES: Final = {
    "pause": 0.14, "acceptance": 0.2, "survey": 0.2, "deliverable": 0.24, "qa_check": 0.3,
    "interaction": 2.0, "escalation": 0.2,
}  # fmt: skip
_TEAMS: Final = 40
ZONE: Final = "Asia/Shanghai"
#: 1 July 2026, midnight in Shanghai; the load spans 120 days and the audit looks at their end.
START: Final = 1_782_835_200 * SECOND
AS_OF: Final = START + 120 * DAY
PERIOD: Final = "2026-10"
_TYPES: Final = len(MODEL["case"].fields["service_type"].values)
_LIMITS: Final = np.array([2 * HOUR, 4 * HOUR, 24 * HOUR, HOUR])


def sizes(cases: int = CASES) -> dict[str, int]:
    """Rows of each entity."""
    return {"case": cases} | {name: int(cases * share) for name, share in _SHARES.items()}


def write_load(folder: Path, cases: int = CASES, seed: int = 20261001) -> None:
    """Write one Parquet file an entity; the same numbers give the same rows."""
    folder.mkdir(parents=True, exist_ok=True)
    dice, rows = np.random.default_rng(seed), sizes(cases)
    received = np.sort(dice.integers(START, AS_OF, cases))
    kind = dice.choice(_TYPES, cases, p=[0.55, 0.28, 0.12, 0.05])
    resolved = received + (_LIMITS[kind] * dice.gamma(2.0, 0.28, cases)).astype(np.int64)
    _write(folder, "case", _cases(dice, received, kind, resolved))
    _write(folder, "interaction", _interactions(dice, received, rows["interaction"]))
    _write(folder, "pause", _pauses(dice, received, rows["pause"]))
    overdue = resolved > received + _LIMITS[kind]
    _write(folder, "escalation", _escalations(dice, received + _LIMITS[kind], overdue, rows["escalation"]))
    signed = _write_acceptances(folder, dice, rows["acceptance"])
    _write(folder, "survey", _surveys(dice, signed, rows["survey"]))
    _write_quality(folder, dice, rows["deliverable"], rows["qa_check"])


def _keys(prefix: str, numbers: Ints) -> pa.Array:
    texts = np.char.add(prefix, np.char.zfill(numbers.astype("U8"), 8))
    return pa.array(texts.tolist(), pa.large_string())


def _stamps(values: Ints, there: Bools | None = None) -> pa.Array:
    """Instants up to the audit's; later ones have not happened, and are null."""
    null = values > AS_OF if there is None else ~there | (values > AS_OF)
    return pa.array(values, pa.int64(), mask=null).cast(pa.timestamp("us", "UTC"))


def _enum(entity: str, field: str, codes: Ints, there: Bools | None = None) -> pa.Array:
    values = pa.array(MODEL[entity].fields[field].values, pa.large_string())
    mask = None if there is None else ~there
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int8), mask=mask), values)


def _write(folder: Path, entity: str, columns: dict[str, pa.Array]) -> None:
    pq.write_table(pa.table(columns), folder / f"{entity}.parquet", row_group_size=1 << 18)


def _cases(dice: np.random.Generator, received: Ints, kind: Ints, resolved: Ints) -> dict[str, pa.Array]:
    n = len(received)
    return {
        "id": _keys("T", np.arange(n)),
        "team_id": _keys("G", dice.integers(0, _TEAMS, n)),
        "service_type": _enum("case", "service_type", kind, dice.random(n) > 0.002),
        "received_at": _stamps(received),
        "resolved_at": _stamps(resolved, dice.random(n) > 0.01),
        "void_reason": _enum("case", "void_reason", dice.integers(0, 4, n), dice.random(n) < 0.01),
    }


def _interactions(dice: np.random.Generator, received: Ints, n: int) -> dict[str, pa.Array]:
    """Calls and messages as they are logged, in the order of time."""
    case = dice.integers(0, len(received), n)
    at = np.minimum(received[case] + dice.exponential(8 * MINUTE, n).astype(np.int64), AS_OF)
    order = np.argsort(at, kind="stable")
    return {
        "id": _keys("I", np.arange(n)),
        "case_id": _keys("T", case[order]),
        "direction": _enum("interaction", "direction", (dice.random(n) < 0.9).astype(np.int64)),
        "by_bot": pa.array(dice.random(n) < 0.1),
        "started_at": _stamps(at[order]),
    }


def _pauses(dice: np.random.Generator, received: Ints, n: int) -> dict[str, pa.Array]:
    case = np.sort(dice.choice(len(received), n, replace=False))
    began = np.minimum(received[case] + dice.integers(0, HOUR, n), AS_OF)
    return {
        "id": _keys("P", np.arange(n)),
        "case_id": _keys("T", case),
        "began_at": _stamps(began),
        "ended_at": _stamps(began + dice.integers(MINUTE, 3 * HOUR, n)),
    }


def _escalations(dice: np.random.Generator, due: Ints, overdue: Bools, n: int) -> dict[str, pa.Array]:
    """Most where a limit was broken, the others anywhere."""
    late = np.flatnonzero(overdue)
    case = np.where(dice.random(n) < 0.8, late[dice.integers(0, len(late), n)], dice.integers(0, len(due), n))
    at = np.minimum(due[case] + dice.integers(-30 * MINUTE, 2 * HOUR, n), AS_OF)
    order = np.argsort(at, kind="stable")
    return {
        "id": _keys("E", np.arange(n)),
        "case_id": _keys("T", case[order]),
        "target_role": _enum("escalation", "target_role", dice.integers(0, 6, n)),
        "triggered_at": _stamps(at[order]),
        "action_at": _stamps(at[order] + dice.integers(0, HOUR, n), dice.random(n) < 0.6),
    }


def _write_acceptances(folder: Path, dice: np.random.Generator, n: int) -> Ints:
    """The acceptances, and when each was signed (after the audit: not yet)."""
    applied = np.sort(dice.integers(START, AS_OF, n))
    signed = applied + (dice.gamma(3.0, 1.6, n) * DAY).astype(np.int64)
    signed = np.where(dice.random(n) > 0.02, signed, AS_OF + 1)
    _write(folder, "acceptance", {
        "id": _keys("A", np.arange(n)),
        "customer_id": _keys("K", dice.integers(0, 20_000, n)),
        "applied_at": _stamps(applied),
        "confirmed_at": _stamps(signed),
    })  # fmt: skip
    return signed


def _surveys(dice: np.random.Generator, signed: Ints, n: int) -> dict[str, pa.Array]:
    whose = np.arange(n) % len(signed)
    sent = np.where(
        signed[whose] <= AS_OF, signed[whose] + (dice.gamma(2.0, 1.0, n) * DAY).astype(np.int64), AS_OF
    )
    back = sent + (dice.gamma(2.0, 4.0, n) * DAY).astype(np.int64)
    return {
        "id": _keys("S", np.arange(n)),
        "kind": _enum("survey", "kind", np.zeros(n, np.int64)),
        "acceptance_id": _keys("A", whose),
        "sent_at": _stamps(sent),
        "responded_at": _stamps(back, dice.random(n) < 0.85),
        "bounced": pa.array(dice.random(n) < 0.02),
    }


def _write_quality(folder: Path, dice: np.random.Generator, made: int, n: int) -> None:
    delivered = np.sort(dice.integers(START, AS_OF, made))
    _write(folder, "deliverable", {"id": _keys("D", np.arange(made)), "delivered_at": _stamps(delivered)})
    whose = np.arange(n) % made
    total = dice.integers(10, 60, n)
    passed = total - dice.binomial(total, 0.02)
    _write(folder, "qa_check", {
        "id": _keys("Q", np.arange(n)),
        "deliverable_id": _keys("D", whose),
        "round": pa.array(np.arange(n) // made + 1, pa.int64()),
        "checked_at": _stamps(delivered[whose] - dice.integers(-HOUR, 5 * DAY, n)),
        "items_total": pa.array(total, pa.int64()),
        "items_passed": pa.array(passed, pa.int64()),
        "result": _enum("qa_check", "result", (passed * 100 < total * 95).astype(np.int64)),
    })  # fmt: skip
