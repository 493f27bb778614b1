"""Twelve periods: what was reported and what is known, and how each clause moved since the last one."""

from collections.abc import Iterable
from typing import Final

from audits.chance import moved
from reports import format as fmt
from reports.view.base import Page, View
from reports.view.tile_rates import return_limits

#: States of a period that has figures.
_TOLD: Final = ("reported", "reconstructed")
_MARKS: Final = {"up": "▲", "down": "▼", "same": "≈", "few": fmt.NONE}
_NOTED: Final = {"missing": "no_run", "reconstructed": "reconstructed"}
_STATES: Final = {"up": "breached", "down": "met"}


def trend(page: Page) -> View:
    """The series, restatements, and the table; the first report has none of them."""
    found = page.life.get("trend")
    restated = _restated(page)
    if not found or sum(period["state"] in _TOLD for period in found["periods"]) < 2:
        return {"series": [], "first": page.w("trend.first"), "restated": restated, "table": None}
    names = _names([period["key"] for period in found["periods"]])
    series = [_series(page, found, one, names) for one in found["series"]]
    return {"series": series, "first": "", "restated": restated, "table": _table(page, found, series)}


def _restated(page: Page) -> str:
    rows = [
        page.w("trend.restated_row", period=page.month(row["period"]), was=row["was"], now=row["now"])
        for row in page.life.get("restated", [])
    ]
    said = page.w("trend.restated", rows=page.listed(rows)) if rows else ""
    later = [page.month(key) for key in made_good(page)]
    return said + (page.w("trend.made_good", periods=page.listed(later)) if later else "")


def made_good(page: Page) -> list[str]:
    """Periods of which nothing was reported in their time: only a later look back judged them."""
    periods = (page.life.get("trend") or {}).get("periods", [])
    return [one["key"] for one in periods if one["state"] == "reconstructed"]


def _names(keys: list[str]) -> list[tuple[str, str]]:
    """Each period as its slot says it: the year with the first and with each new one; and without it."""
    out, year = [], ""
    for key in keys:
        begins = key.partition("..")[0]  # of a stretch its first day
        short = begins[5:] if len(begins) > 4 else begins
        out.append((begins if key[:4] != year else short, short))
        year = key[:4]
    return out


def _series(page: Page, found: View, one: View, names: list[tuple[str, str]]) -> View:
    codes = "、".join(sorted(page.binding)) if page.lang == "zh" else ", ".join(sorted(page.binding))
    title = (
        page.w("trend.series.binding", codes=codes)
        if one["id"] == "binding"
        else page.w(f"trend.series.{one['id']}")
    )
    targets = [one["target"]] if one["target"] else []
    if one["id"] == "survey" and one["target"]:
        targets = list(return_limits(page, one["target"]))
    days = {change["period"]: change["day"] for change in reversed(found["changes"])}
    points = [
        _point(page, period, point, name, days.get(period["key"], "") if one["id"] in ("binding", "timing") else "")
        for period, point, name in zip(found["periods"], one["points"], names, strict=True)
    ]  # fmt: skip
    told = [
        page.w("trend.point", period=period["key"], rate=fmt.rate(point["k"], point["n"]), k=point["k"], n=point["n"])
        for period, point in zip(found["periods"], one["points"], strict=True)
        if point
    ]  # fmt: skip
    return {
        "id": one["id"],
        "title": title,
        "points": points,
        "targets": targets,
        "whole": one["of"] == "passed",
        "no_run": page.w("trend.no_run"),
        "no_run_width": 3.6,
        "before": page.w("trend.before"),
        "alt": page.w("trend.label", title=title, points=("；" if page.lang == "zh" else "; ").join(told)),
    }  # fmt: skip


def _point(page: Page, period: View, point: View | None, name: tuple[str, str], day: str) -> View:
    blank = {
        "shown": False,
        "value": 0.0,
        "rate": "",
        "short": "",
        "n": fmt.NONE,
        "counts": fmt.NONE,
        "mark": None,
    }
    then = {"restated": False, "then_value": 0.0, "then": "", "then_short": "", "then_counts": ""}
    out = {"state": period["state"], "name": name[0], "short_name": name[1]} | blank | then
    out["change"] = page.w("trend.change", day=day) if day else ""
    if point is None:
        return out
    k, n, k_then, n_then = (point[key] for key in ("k", "n", "k_then", "n_then"))
    out |= {
        "shown": True,
        "value": 100 * k / n,
        "rate": _bare(k, n, 2),
        "short": _bare(k, n, 1),
        "n": fmt.count(n),
        "counts": f"{fmt.count(k)} / {fmt.count(n)}",
    }
    if n_then and k_then * n != k * n_then:
        rate = _bare(k_then, n_then, 2)
        out |= {
            "restated": True,
            "then_value": 100 * k_then / n_then,
            "then": page.w("trend.then", rate=rate),
            "then_short": _bare(k_then, n_then, 1),
            "then_counts": page.w("trend.reported_then", k=k_then, n=n_then),
        }
    return out


def _bare(k: int, n: int, digits: int) -> str:
    """A rate whose axis says per cent."""
    return fmt.rate(k, n, digits=digits).rstrip("%")


def _table(page: Page, found: View, series: list[View]) -> View:
    rows = []
    for i, period in enumerate(found["periods"]):
        if period["state"] == "before":
            continue
        cells = [
            {
                "rate": f"{one['points'][i]['rate']}%" if one["points"][i]["shown"] else fmt.NONE,
                "counts": one["points"][i]["counts"] if one["points"][i]["shown"] else "",
                "then": one["points"][i]["then_counts"],
            }
            for one in series
        ]
        missing = page.w(f"trend.{_NOTED[period['state']]}") if period["state"] in _NOTED else ""
        rows.append({"period": period["key"], "missing": missing, "cells": cells})
    return {"heads": [one["title"] for one in series], "rows": rows}


def has_moves(page: Page) -> bool:
    """Whether clauses can be compared with the period before."""
    return bool((page.life.get("trend") or {}).get("clauses"))


def previous(page: Page) -> str:
    """The head of that column; "" without one."""
    found = page.life.get("trend") or {}
    return page.w("trend.versus", period=page.month(found["previous"])) if found.get("clauses") else ""


def moves_note(page: Page) -> str:
    """How that column is to be read, and whether the period before was only judged later; "" without one."""
    if not has_moves(page):
        return ""
    before = page.life["trend"]["previous"]
    later = page.w("trend.versus_later", period=page.month(before)) if before in made_good(page) else ""
    return page.w("trend.move_note") + ("" if page.lang == "zh" or not later else " ") + later


def move(page: Page, clauses: Iterable[str]) -> View:
    """How clauses together moved since the last period: mark, word and percentage points."""
    known = page.life["trend"]["clauses"] if has_moves(page) else {}
    mine = [known[clause] for clause in clauses if clause in known]
    k, n, k_before, n_before = (sum(one[key] for one in mine) for key in ("k", "n", "k_before", "n_before"))
    answer = moved(k, n, k_before, n_before)
    points = _points(k, n, k_before, n_before) if answer != "few" else ""
    return {
        "text": f"{_MARKS[answer]} {points}".strip(),
        "state": _STATES.get(answer, ""),
        "word": page.w(f"trend.moved.{answer}"),
    }


def _points(k: int, n: int, k_before: int, n_before: int) -> str:
    """The difference in percentage points, one decimal, a half away from zero."""
    apart, whole = k * n_before - k_before * n, n * n_before
    tenths = (2000 * abs(apart) + whole) // (2 * whole)
    if not tenths:
        return "0"
    return f"{'+' if apart > 0 else fmt.MINUS}{tenths // 10}.{tenths % 10}"
