"""``sample --for-auditor``: verdicts drawn from all of a run, met ones too, for somebody to check by hand."""

import json
import secrets
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pandas as pd

from audits import sampling
from audits.errors import WrongUse
from config.settings import Settings
from reports.worksheet import write_worksheet
from tasks.crm.sample_plans import write_plan

VERDICTS: Final = "verdicts.parquet"
WORKSHEET: Final = "auditor.xlsx"
#: How a sample of verdicts is spread unless somebody asks otherwise.
STRATA: Final = ("standard", "verdict")


def draw_verdicts(
    settings: Settings,
    size: int,
    *,
    seed: str = "",
    strata: tuple[str, ...] = (),
    place: Path | None = None,
    to: Path | None = None,
    lang: str = "zh",
) -> dict[str, Any]:
    """Draw verdicts and write a worksheet for the auditor, and the plan.

    Args:
        settings: where the runs are.
        size: how many verdicts.
        seed: any text; "": one is made.
        strata: of ``audits.sampling.VERDICT_STRATA``.
        place: a run's folder; None: the newest.
        to: where the files go; None: a folder of its own under ``state/samples``.
        lang: ``zh`` or ``en``.

    Raises:
        WrongUse: there is no run, a file lies there already, or nothing is asked for.
    """
    run = _run(settings, place)
    asked = {"size": size, "seed": seed or secrets.token_hex(8), "strata": list(strata or STRATA)}
    frame, plan, results = _drawn(run, asked)
    folder = to or settings.state / "samples" / plan["id"]
    for name in (WORKSHEET, "plan.json"):
        if (folder / name).exists():
            raise WrongUse(f"a {name} lies here already", str(folder / name), "choose another folder: --to")
    keys = {key: number for number, key in enumerate(plan["drawn"])}
    chosen = frame.rows[frame.rows["key"].isin(keys)]
    order = chosen["key"].map(keys).sort_values().index
    rows = pd.read_parquet(run / VERDICTS).iloc[chosen.loc[order, "row"]].reset_index(drop=True)
    worksheet = write_worksheet(folder / WORKSHEET, plan, rows, results, lang)
    remarks = [f"{n} strata are too small for one of {size}"] if (n := _passed_over(plan)) else []
    return {
        "plan": plan, "scorecard": str(worksheet), "plan_file": str(write_plan(folder / "plan.json", plan)),
        "remarks": remarks,
    }  # fmt: skip


def drawn_again(settings: Settings, plan: Mapping[str, Any], place: Path | None) -> dict[str, Any]:
    """The plan of the same drawing, made from the verdicts anew."""
    return _drawn(_run(settings, place), plan)[1]


def _passed_over(plan: Mapping[str, Any]) -> int:
    return sum(1 for one in plan["sizes"] if not one["drawn"])


def _run(settings: Settings, place: Path | None) -> Path:
    """A run's folder, named by itself or by its snapshot."""
    if place is not None:
        for folder in (place, place.parent):
            if (folder / VERDICTS).is_file():
                return folder
        raise WrongUse(f"there is no {VERDICTS} here", str(place), "name the folder of a run")
    found = sorted(settings.out.glob(f"*/{VERDICTS}"), key=lambda path: path.stat().st_mtime)
    if not found:
        raise WrongUse("there is no run to draw from", str(settings.out), "run `clausewatch audit` first")
    return found[-1].parent


def _drawn(run: Path, asked: Mapping[str, Any]) -> tuple[sampling.Frame, dict[str, Any], dict[str, Any]]:
    """What is drawn from, the plan, and the run's results."""
    results = json.loads((run / "results.json").read_text(encoding="utf-8"))
    content = (run / VERDICTS).read_bytes()
    frame = sampling.verdicts(pd.read_parquet(run / VERDICTS), tuple(asked["strata"]))
    said = {
        "source": results["source"],
        "snapshot": results["snapshot"]["hash"],
        "as_of": results["as_of"],
        "period": results["period"]["key"],
        "verdicts": sha256(content).hexdigest(),
        "strata": list(asked["strata"]),
    }
    return frame, sampling.plan("verdicts", said, frame, asked["size"], asked["seed"]), results
