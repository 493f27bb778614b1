"""The view: what a report says, in one language, as plain texts and figures that no renderer recounts.

Page and PDF are drawn from the same view, so their figures cannot differ; sheets and JSON take the result
set itself.
"""

from typing import Any

from reports import format as fmt
from reports.result_set import seal
from reports.view import front, proof, standing, tile_rates, tiles
from reports.view.attested import attested
from reports.view.base import Page, View
from reports.view.clauses import clauses, coverage
from reports.view.closing import all_checks, annex, closing
from reports.view.findings import Listed, findings
from reports.view.force import in_force
from reports.view.side_by_side import side_by_side
from reports.view.team_mix import team_mix
from reports.view.times import times
from reports.view.trend import trend

_TILES: dict[str, Any] = {
    "timing": tiles.timing,
    "acceptance": tiles.acceptance,
    "survey": tile_rates.survey,
    "qa": tile_rates.qa,
}


def view(page: Page, rows: Listed) -> View:
    """Everything a report shows, section by section."""
    return {
        **frame(page),
        **first_page(page),
        "holders": standing.by_holder(page),
        "repeat": standing.repeat(page),
        "mails": standing.mails(page),
        "readings": proof.readings(page),
        "bridge": proof.bridge(page),
        "chain": proof.chain(page),
        "gaps": proof.gaps(page),
        "clauses": clauses(page),
        "rates": proof.rates(page),
        "attested": attested(page),
        "times": times(page),
        "trend": trend(page),
        "team_mix": team_mix(page),
        "teams": proof.teams(page),
        "side": side_by_side(page),
        "findings": findings(page, rows),
        "coverage": coverage(page),
        "force": in_force(page),
        "closing": closing(page),
        "annex": annex(page),
    }


def first_page(page: Page) -> View:
    """What the first page says, in a mail too: sentence, four tiles, open, falling due, changed, coverage."""
    return {
        "head": front.head(page),
        "tiles": [_tile(page, audit, i + 1) for i, audit in enumerate(page.results["audits"])],
        "escalated": standing.escalated(page),
        "falling": standing.falling(page),
        "since": standing.since(page),
        "coverage_line": front.coverage_line(page),
    }


def frame(page: Page) -> View:
    """What stands on every page: language, seal, books, period."""
    checks = all_checks(page.result)
    digest = seal(page.results)
    return {
        "lang": "zh-CN" if page.lang == "zh" else "en",
        "seal": " ".join(digest[i : i + 4] for i in range(0, 12, 4)),
        "books": page.w("page.books", n=sum(check["holds"] for check in checks), m=len(checks)),
        "period": page.period,
        "period_key": page.results["period"]["key"],
        "standards": " ".join(sorted(page.binding)),
        "as_of": fmt.instant(page.results["as_of"], page.zone),
        "engine": page.results["engine"],
    }


def _tile(page: Page, audit: View, number: int) -> View:
    tile = tiles.frame(page, audit, number)
    if audit["word"] == "unconnected":
        return {**tile, "unconnected": tile_rates.unconnected(page, audit)}
    return {**tile, "unconnected": None, **_TILES[audit["id"]](page, audit["figures"], audit)}


__all__ = ["Listed", "Page", "View", "first_page", "view"]
