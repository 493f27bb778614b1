"""Appendices about what people did: figures with and without, waivers by age, disputes, corrections."""

from reports import format as fmt
from reports.view.base import Page, View


def parts(page: Page) -> list[View | None]:
    """The appendices, those with nothing to say as None; older results have none."""
    return [_marks(page), _waivers(page), _disputes(page), _acknowledged(page), _withdrawn(page)]


def trail(page: Page) -> str:
    """The head of the chain as ``verify --head`` takes it; a dash where there is none."""
    head = page.life.get("trail")
    if not head or not head["batch"]:
        return fmt.NONE
    return page.w("closing.trail.head", batch=str(head["batch"]), head=f"{head['batch']}:{head['hash'][:16]}")


def _part(title: str, rows: list[View]) -> View | None:
    return {"kind": "acts", "title": title, "rows": rows} if rows else None


def _marks(page: Page) -> View | None:
    """Each clause with a marked breach: all of them, without the waived, without the disputed too."""
    rows = []
    for clause in page.results["clauses"]:
        counts = clause["counts"]
        if counts["waived"] or counts["disputed"]:
            left = counts["breached"] - counts["waived"]
            said = page.w(
                "acts.marks.row",
                all=counts["breached"],
                without_waived=left,
                without_both=max(0, left - counts["disputed"]),
            )
            rows.append({"name": clause["id"], "text": said})
    return _part(page.w("acts.marks"), rows)


def _waivers(page: Page) -> View | None:
    found = page.life.get("waivers", [])
    rows = [{"name": _about(page, row), "text": _waiver(page, row)} for row in found]
    return _part(page.w("acts.waivers", n=len(found)), rows)


def _waiver(page: Page, row: View) -> str:
    return page.w(
        "acts.waiver",
        state=page.w(f"acts.state.{row['state']}", n=row["covers"])
        if row["state"] in ("in_force", "over")
        else page.w(f"acts.state.{row['state']}"),
        days=row["days"],
        begins=page.at(row["begins"]),
        until=page.at(row["until"]),
        by=row["by"],
        approved_by=row["approved_by"],
        evidence=row["evidence"],
        why=row["why"],
    )


def _about(page: Page, row: View) -> str:
    """The record of a finding, or the scope: clause and whom it is for."""
    if row["finding"]:
        return " ".join(filter(None, (row["label"], row["finding"][:8])))
    entities = {"customer_id": "customer", "team_id": "team"}
    named = [
        page.result.name(entities[name], key) if name in entities else key
        for name, key in row["scope"].items()
    ]
    return " ".join(named)


def _disputes(page: Page) -> View | None:
    found = page.life.get("disputes", [])
    rows = [
        {
            "name": f"{row['label']} {row['finding'][:8]}",
            "text": page.w(
                "acts.dispute", clause=row["clause"], by=row["by"], at=page.at(row["at"]), why=row["why"]
            ),
        }
        for row in found
    ]
    return _part(page.w("acts.disputes", n=len(found)), rows)


def _acknowledged(page: Page) -> View | None:
    found = page.life.get("acknowledged", [])
    rows = []
    for row in found:
        said = page.w("acts.ack", clause=row["clause"], by=row["by"], at=page.at(row["at"]))
        promise = page.w("acts.ack.until", until=page.at(row["until"])) if row["until"] else ""
        note = page.w("acts.ack.note", note=row["why"]) if row["why"] else ""
        rows.append({"name": f"{row['label']} {row['finding'][:8]}", "text": said + promise + note})
    return _part(page.w("acts.acknowledged", n=len(found)), rows)


def _withdrawn(page: Page) -> View | None:
    found = page.life.get("withdrawn", [])
    rows = [
        {
            "name": f"{row['label']} {row['finding'][:8]}",
            "text": page.w(
                "acts.withdrawn.row",
                clause=row["clause"],
                then=_side(page, row["then"]),
                now=_side(page, row["now"]),
                cause=page.w(f"acts.cause.{row['cause']}"),
            ),
        }
        for row in found
    ]
    return _part(page.w("acts.withdrawn", n=page.life.get("withdrawn_all", len(found))), rows)


def _side(page: Page, said: View) -> str:
    return page.w(
        "acts.withdrawn.side",
        verdict=page.w(f"verdict.{said['verdict']}"),
        reason=page.w.or_else(f"reason.{said['reason']}", said["reason"]),
        due=page.at(said["due"]),
        done=page.at(said["done"]),
    )
