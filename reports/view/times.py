"""Times against their limits: a picture for each limit with both clocks, and the same figures as a table."""

from typing import Final

from audits.times import BINS, FEW, INSIDE
from audits.words import DAY, HOUR, MINUTE, SECOND
from reports import format as fmt
from reports.view.base import Page, View

#: Units in which lengths beside a limit are said: the largest of which the limit holds four.
_UNITS: Final = ((DAY, "days"), (HOUR, "hours"), (MINUTE, "minutes"), (SECOND, "seconds"))


def times(page: Page) -> View:
    """Limits by act and service; older results have none."""
    rows = page.results.get("times", [])
    acts = {act: [row for row in rows if row["act"] == act] for act in ("response", "resolution")}
    acts = {act: mine for act, mine in acts.items() if mine}
    return {
        "acts": [
            {"title": page.w(f"times.act.{act}"), "cells": [_cell(page, row) for row in mine]}
            for act, mine in acts.items()
        ],
        "table": [line for row in rows for line in _lines(page, row)],
        "tenths": [_tenths(page, act, mine) for act, mine in acts.items()],
    }


def _cell(page: Page, row: View) -> View:
    first, second = row["clocks"]
    title, limit = page.w(f"service.{row['service_type']}"), _limit(page, row)
    clocks = [_clock(page, row, clock) for clock in (first, second)]
    return {
        "id": row["clause"],
        "title": title,
        "late": page.w("times.late", n=first["late"]) if first["late"] else page.w("times.none_late"),
        "any_late": first["late"] > 0,
        "limit": limit,
        "half": said(page, row["limit_us"] // 2, row["limit_us"]),
        "at_limit": page.w("times.at_limit"),
        "ticks": first["n"] < FEW,
        "clocks": clocks,
        "notes": _notes(page, first),
        "alt": page.w(
            "times.label",
            title=title, limit=limit, clock=clocks[0]["name"], n=first["n"], inside=first["inside"],
            late=first["late"], twice=first["bins"][BINS], median=clocks[0]["median"], p90=clocks[0]["p90"],
            other=clocks[1]["name"], other_late=second["late"], other_median=clocks[1]["median"],
            other_p90=clocks[1]["p90"],
        ),
    }  # fmt: skip


def _limit(page: Page, row: View) -> str:
    return page.limit({"amount": row["limit_us"], "unit": "us"})


def _act(page: Page, row: View) -> str:
    return f"{page.w('act.' + row['act'])} {_limit(page, row)}"


def _clock(page: Page, row: View, clock: View) -> View:
    return {
        "name": page.w(f"clock.mid.{clock['clock']}"),
        "deciding": clock["deciding"],
        "bins": clock["bins"],
        "thousandths": clock["thousandths"],
        "n": fmt.count(clock["n"]),
        "inside": fmt.count(clock["inside"]),
        "late": fmt.count(clock["late"]),
        "twice": fmt.count(clock["bins"][BINS]),
        "open": fmt.count(clock["open"]),
        "median": said(page, clock["median_us"], row["limit_us"]),
        "p90": said(page, clock["p90_us"], row["limit_us"]),
    }


def _notes(page: Page, clock: View) -> list[str]:
    notes = [page.w("times.few")] if 0 < clock["n"] < FEW else []
    notes += [page.w(f"times.{key}", n=clock[key]) for key in ("open", "no_length") if clock[key]]
    return notes


def said(page: Page, us: int | None, limit_us: int) -> str:
    """A length in the unit of its limit, one decimal, rounded up: over the limit never reads as the limit."""
    if us is None:
        return fmt.NONE
    size, name = next((one for one in _UNITS if limit_us >= 4 * one[0]), _UNITS[-1])
    tenths = -(-us * 10 // size)
    whole, part = divmod(tenths, 10)
    return page.w(f"times.{name}", n=f"{whole:,}.{part}" if part else f"{whole:,}")


def _lines(page: Page, row: View) -> list[View]:
    """Both clocks of a limit, the deciding one first."""
    named = f"{page.w('service.' + row['service_type'])} · {_act(page, row)}"
    return [
        {**(told := _clock(page, row, clock)), "name": named, "name_of_clock": told["name"], "again": i > 0}
        for i, clock in enumerate(row["clocks"])
    ]


def _tenths(page: Page, act: str, rows: list[View]) -> View:
    """The bins of an act as a table: a line for each tenth, two columns a limit."""
    clocks = [clock for row in rows for clock in row["clocks"]]
    names = [f"{i / 10:.1f} – {(i + 1) / 10:.1f}" for i in range(BINS)] + [page.w("times.over")]
    return {
        "title": page.w(f"times.act.{act}"),
        "heads": [
            {"service": page.w(f"service.{row['service_type']}"), "limit": _limit(page, row)} for row in rows
        ],
        "clocks": [page.w(f"clock.short.{clock['clock']}") for clock in clocks],
        "lines": [
            {"name": name, "edge": i == INSIDE, "counts": [fmt.count(clock["bins"][i]) for clock in clocks]}
            for i, name in enumerate(names)
        ],
        "no_length": [fmt.count(clock["no_length"]) for clock in clocks],
        "sums": [fmt.count(sum(clock["bins"]) + clock["no_length"]) for clock in clocks],
    }
