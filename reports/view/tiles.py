"""The tiles of the timing limits and of the acceptances."""

from collections import Counter
from itertools import groupby

from reports import format as fmt
from reports.view.base import Page, View, styled
from reports.words import Run

#: Running acceptances on the front; the rest stand in the appendices.
RUNNING_SHOWN = 5


def word(page: Page, audit: View) -> View:
    """An audit's word with its shape; "met" says so when only some deciding clauses are connected."""
    key = audit["word"]
    state = {"undecided": "no_data", "none_due": "not_applicable"}.get(key, key)
    if key == "met" and audit["missing"]:
        connected = len(audit["connected"])
        text = page.w("audit_word.met_on", n=connected, m=connected + len(audit["missing"]))
    else:
        text = page.w(f"audit_word.{key}")
    return {"state": state, "text": text}


def frame(page: Page, audit: View, number: int) -> View:
    """What every tile has: its number, name and word."""
    name = page.w(f"audit.{audit['id']}")
    return {"id": audit["id"], "number": str(number), "name": name, "word": word(page, audit)}


def figure(k: int, n: int, text: str, bad: bool) -> View | None:
    """The one figure of a tile: ``k / n`` and what it counts; None where nothing was due (never ``0 / 0``)."""
    if not n:
        return None
    return {"k": fmt.count(k), "n": fmt.count(n), "text": text, "state": "breached" if bad and k else ""}


def timing(page: Page, figures: View, audit: View) -> View:
    """Eight limits by both clocks; the count that decides stands over a plum rule."""
    rows = [_limit(page, row) for row in figures["rows"]]
    for row, before in zip(rows[1:], rows, strict=False):
        row["again"] = row["service"] == before["service"]
    return {
        "figure": figure(
            figures["late"], figures["n"], page.w("tile.timing.figure"), audit["word"] == "breached"
        ),
        "rows": rows,
        "total": {
            "n": fmt.count(figures["n"]),
            "elapsed": fmt.count(figures["late_elapsed"]),
            "open_hours": fmt.count(figures["late_open_hours"]),
            "verdict": page.w("tile.verdict_total", n=figures["late"]),
            "state": "breached" if figures["late"] else "met",
        },
        "notes": [_deciding(page, figures) + _beside(page, figures, audit)],
    }


def _limit(page: Page, row: View) -> View:
    act = page.w(f"act.{row['act']}")
    longest = page.span(row["longest_open_us"], row["longest_open_by"] == "open_hours")
    return {
        "service": page.w(f"service.{row['service_type']}"),
        "again": False,
        "limit": f"{act} {fmt.limit(row['limit_us'], 'us', page.lang)}",
        "clause": row["clause"],
        "n": fmt.count(row["n"]),
        "elapsed": fmt.count(row["late_elapsed"]),
        "open_hours": fmt.count(row["late_open_hours"]),
        "deciding": row["deciding"],
        "late": row["late"] > 0,
        "longest": longest,
    }


def _deciding(page: Page, figures: View) -> list[Run]:
    """Whose reading it is by which the counts decide."""
    if not figures["signed"]:
        return styled(page.w("timing.unsigned_note", n=figures["late_open_hours"]))
    signed = set(figures["signed"])

    def how(row: View) -> tuple[bool, str]:
        return row["clause"] in signed, row["deciding"]

    groups: dict[tuple[bool, str], list[View]] = {}
    for row in figures["rows"]:
        groups.setdefault(how(row), []).append(row)
    parts = []
    ordered = sorted(groups, reverse=True)
    for key in ordered:
        last = key == ordered[-1] and len(ordered) > 1
        parts.append(_by(page, groups[key], key, figures["rows"], last=last))
    text = ("，" if page.lang == "zh" else ", ").join(parts)
    return styled(page.w("timing.decide", n=figures["late"], how=text))


def _by(page: Page, rows: list[View], how: tuple[bool, str], every: list[View], *, last: bool) -> str:
    is_signed, clock = how
    if last and not is_signed and clock == "elapsed":
        return page.w("timing.rest_words")
    signed = page.w("timing.signed" if is_signed else "timing.unsigned")
    named = page.w(f"clock.mid.{clock}")
    if last:
        return page.w("timing.rest_by", clock=named, signed=signed)
    return page.w("timing.by", services=page.listed(_services(page, rows, every)), clock=named, signed=signed)


def _services(page: Page, rows: list[View], every: list[View]) -> list[str]:
    """Service types of these limits; with the act where not both limits of the type are among them."""
    all_acts = Counter(row["service_type"] for row in every)
    names = []
    for service, mine in groupby(rows, key=lambda row: row["service_type"]):
        acts = [row["act"] for row in mine]
        name = page.w(f"service.mid.{service}")
        if len(acts) < all_acts[service]:
            name += " " + page.listed([page.w(f"act.{act}") for act in acts])
        names.append(name)
    return names


def _beside(page: Page, figures: View, audit: View) -> list[Run]:
    """What stands beside the eight limits: holes, limits without a source, missing escalations."""
    said = []
    if holes := sum(row["no_data"] for row in figures["rows"]):
        said.append(page.w("timing.no_data", n=holes))
    if audit["missing"]:
        said.append(page.w("timing.not_connected", n=len(audit["missing"])))
    if figures["escalations_state"] != "judged":
        said.append(page.w("timing.escalations_unconnected"))
    elif figures["missing_escalations"]:
        said.append(page.w("timing.missing_escalations", n=figures["missing_escalations"]))
    else:
        said.append(page.w("timing.no_escalations"))
    gap = "" if page.lang == "zh" else " "
    return styled(gap + gap.join(said))


def acceptance(page: Page, figures: View, audit: View) -> View:
    """Late ones, the running ones with their days left, and where the time goes."""
    still_open = figures["late_open"]
    key = "tile.acceptance.figure_open" if still_open else "tile.acceptance.figure"
    ordered = sorted(figures["running"], key=shortest_first)
    return {
        "figure": figure(
            figures["late"], figures["n"], page.w(key, n=still_open), audit["word"] == "breached"
        ),
        "running_head": page.w("acceptance.running", n=len(ordered)),
        "running": [running(page, row) for row in ordered[:RUNNING_SHOWN]],
        "running_more": page.w("acceptance.more", n=len(ordered) - RUNNING_SHOWN)
        if len(ordered) > RUNNING_SHOWN
        else "",
        "lost_head": page.w("acceptance.lost", n=figures["late"]) if figures["late"] else "",
        "steps": _steps(page, figures["steps"]),
        "chain": _chain(page),
    }


def shortest_first(row: View) -> tuple[bool, int, str]:
    """Order of running acceptances: fewest days left first, unknown ones last."""
    return row["days_left"] is None, row["days_left"] or 0, row["label"]


def running(page: Page, row: View) -> View:
    """One running acceptance: its squares, its last day, its step."""
    days = row["days_left"]
    left = max(0, min(5, days or 0))
    as_of = fmt.day(page.results["as_of"], page.zone)
    today = row["due"] is not None and as_of == fmt.day(row["due"], page.zone)
    if days is None:
        text = fmt.NONE
    elif days <= 0:
        text = page.w("acceptance.over")
    elif today:
        text = page.w("acceptance.today")
    else:
        text = page.w("acceptance.left", n=days, day=page.day(row["due"]))
    return {"label": row["label"], "left": left, "text": text, "step": page.w(f"step.now.{row['step']}")}


def _steps(page: Page, steps: list[View]) -> list[View]:
    medians = [step["median_half_days"] or 0 for step in steps]
    slowest = max(medians, default=0)
    alone = medians.count(slowest) == 1
    rows: list[View] = []
    for step in steps:
        halves = step["median_half_days"]
        name = page.w(f"step.{step['step']}")
        first = bool(slowest) and alone and halves == slowest
        rows.append(
            {
                "name": page.w("acceptance.slowest", step=name) if first else name,
                "slowest": first,
                "width": 0 if not halves else round(100 * halves / slowest),
                "median": fmt.NONE if halves is None else f"{halves // 2}{'.5' if halves % 2 else ''}",
                "lost": fmt.count(step["late_lost"]) if step["late_lost"] else fmt.NONE,
            }
        )
    return rows


def _chain(page: Page) -> str:
    links = [link for link in page.results["chain"] if link["key"] != "returned"]
    said = [
        page.w.or_else(f"chain.short.{link['key']}", "{n}").format(n=fmt.count(link["n"])) for link in links
    ]
    return page.w("acceptance.chain") + " → ".join(said) if said else ""
