"""``prefect.yaml``: the schedules of ``config/schedules.yaml`` for work pools, as Prefect's own tool deploys them."""

from typing import Any, Final

import yaml

from config.schedules import FlowName, Schedule, Schedules

#: Name of the work pool that takes the runs.
POOL: Final = "clausewatch"
#: Variable that says where an installation lies on a machine: settings, config/, state/ and out/ are found there.
#: A worker begins each run in a folder of its own, so every path that is relative starts from here.
HOME: Final = "CLAUSEWATCH_HOME"
#: Where each flow is found, whichever folder it runs in; the same that ``clausewatch up`` serves.
ENTRYPOINTS: Final[dict[FlowName, str]] = {
    "audit": "flows.served.audit",
    "watch": "flows.served.watch",
    "report": "flows.served.report",
    "mailing": "flows.served.mailing",
    "housekeeping": "flows.served.housekeeping",
}
#: What Prefect's server begins when a run dies unseen (``flows/serving/automations.py``); it has no schedule.
_ALARM: Final = {
    "name": "alarm",
    "entrypoint": "flows.run_alarm.alarm",
    "tags": ["alarm"],
    "work_pool": {"name": POOL},
}
_HEAD: Final = """\
# Deploys what `clausewatch up` serves to a work pool: docs/schedules.md.
# Made from config/schedules.yaml by `clausewatch config prefect > prefect.yaml`; change that file, not this one.
"""


def prefect_yaml(schedules: Schedules) -> str:
    """The file that deploys these schedules; every run asks our calendar and the ledger, as under ``up``."""
    content = {
        "name": "clausewatch",
        "pull": [{"prefect.deployments.steps.set_working_directory": {"directory": f"{{{{ ${HOME} }}}}"}}],
        "deployments": [*(_deployment(one) for one in schedules.by_name.values()), _ALARM],
    }
    return _HEAD + yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)


def _deployment(one: Schedule) -> dict[str, Any]:
    return {
        "name": one.name,
        "entrypoint": ENTRYPOINTS[one.flow],
        "parameters": one.parameters,
        "schedules": [{"cron": one.cron, "timezone": one.rule.zone}],
        "concurrency_limit": 1,
        "tags": ["clausewatch"],
        "work_pool": {"name": POOL},
    }
