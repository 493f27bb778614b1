"""Plans of samples as files: what was drawn, from what, and how, for whoever wants to draw it again."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from audits.errors import WrongUse
from config.whole import whole


def write_plan(path: Path, plan: Mapping[str, Any]) -> Path:
    """Write a plan as JSON; whole or not at all."""
    with whole(path) as half:
        half.write_text(json.dumps(plan, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


#: What a plan must hold, and of which type; those of contacts hold more.
_PLAN: Final = {
    "schema": int, "id": str, "kind": str, "source": str, "snapshot": str, "as_of": str, "period": str,
    "strata": list, "size": int, "seed": str, "frame": dict, "sizes": list, "drawn": list,
}  # fmt: skip
_OF_CONTACTS: Final = {"clauses": list, "of": str, "where": dict}


def read_plan(path: Path) -> dict[str, Any]:
    """A plan as it was written.

    Raises:
        WrongUse: no such file, no JSON, or no plan of ours; what is missing is named.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise WrongUse(f"the plan cannot be read: {error.strerror}", str(path), "give plan.json") from error
    except ValueError as error:
        raise WrongUse("the plan is no JSON", str(path), "give the file as it was written") from error
    if not isinstance(found, dict) or found.get("schema") != 1:
        raise WrongUse("this is no plan of a sample", str(path), "give the plan.json that `sample` wrote")
    wanted = _PLAN | (_OF_CONTACTS if found.get("kind") == "scorecard" else {})
    for name, kind in wanted.items():
        if not isinstance(found.get(name), kind):
            found_at = (
                f"the plan has no {name}"
                if name not in found
                else f"{name} of the plan is no {kind.__name__}"
            )
            raise WrongUse(found_at, str(path), "give the file as it was written")
    return found
