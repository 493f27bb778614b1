"""The standards in force, and what this house laid over their clauses."""

from reports import format as fmt
from reports.view.base import Page, View


def in_force(page: Page) -> View:
    """Every standard with who adopted it, and every house number; older results name neither."""
    house = [(clause, one) for clause in page.results["clauses"] for one in clause.get("house", ())]
    return {
        "standards": [
            {
                "code": standard["code"],
                "title": page.say(standard["title"]),
                "edition": standard["edition"],
                "mode": page.w(f"mode.{standard['mode']}"),
                "binding": standard["mode"] == "binding",
                "adopted": " · ".join(
                    part
                    for part in (page.say(standard.get("adopted_by")), standard.get("adopted_on"))
                    if part
                )
                or fmt.NONE,
                "since": standard.get("in_force_from") or fmt.NONE,
            }
            for standard in page.results["standards"]
        ],
        "house_title": page.w("force.house", n=len(house)) if house else "",
        "house": [
            {
                "id": clause["id"],
                "title": page.say(clause["title"]),
                "word": one["parameter"],
                "values": page.listed([f"{value} ({day})" for day, value in one["values"].items()]),
                "by": f"{one['by']} · {one['on']}",
                "why": page.say(one["why"]),
            }
            for clause, one in house
        ],
    }
