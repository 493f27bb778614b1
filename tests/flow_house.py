"""Private installations for tests of flow and command: the demo built and audited once, copied for each test."""

import shutil
from contextlib import chdir
from pathlib import Path
from zoneinfo import ZoneInfo

from config.clock import now
from config.settings import load_settings
from flows import demo
from flows.auditing.plain import audit_plainly
from flows.auditing.request import AuditRequest
from tasks.store import Store, open_store
from tests.house import ROOT, House

#: What the demo is asked, and the folder of its run.
DEMO = AuditRequest(source=demo.SOURCE, period=demo.PERIOD)
RUN = "demo-2026-10-20261101T180000Z"


def build_house(folder: Path) -> Path:
    """An installation whose demo is built and live, and never audited."""
    House(folder)
    with chdir(folder):
        demo.prepare(load_settings())
    return folder


def audit_house(built: Path, folder: Path) -> Path:
    """The same after its first audit, with everything that a run leaves."""
    copy_house(built, folder)
    with chdir(folder):
        audit_plainly(DEMO, load_settings())
    return folder


def copy_house(template: Path, folder: Path) -> House:
    """A house of one's own that begins as the template is."""
    for name in ("state", "out"):
        if (template / name).exists():
            shutil.copytree(template / name, folder / name)
    return House(folder)


def own_config(house: House) -> Path:
    """Rules, calendars and people of this house alone, to be damaged."""
    folder = house.folder / "config"
    if folder.is_symlink():
        folder.unlink()
        for name in ("standards", "readings", "calendars", "people.yaml", "schedules.yaml", "reports.yaml"):
            taken = ROOT / "config" / name
            (shutil.copytree if taken.is_dir() else shutil.copy)(taken, _made(folder / name))
    return folder


def _made(path: Path) -> Path:
    path.parent.mkdir(exist_ok=True)
    return path


def change(path: Path, *pairs: tuple[str, str]) -> Path:
    """Replace texts in a file, each of which stands there."""
    text = path.read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text, f"{path} does not hold {old!r}"
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")
    return path


def own_mapping(house: House, *pairs: tuple[str, str]) -> str:
    """The demo's mapping, damaged, as a file of this house; gives the word for ``--source``."""
    path = house.folder / "mine.yaml"
    path.write_text((ROOT / "config" / "crm" / "demo.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    change(path, *pairs)
    return "mine.yaml"


def goes_on(house: House) -> None:
    """Let the demo be a CRM that is read as of now: as it stands still, no later month can be audited."""
    mapping = own_config(house) / "crm" / "demo.yaml"
    shutil.copy(ROOT / "config" / "crm" / "demo.yaml", _made(mapping))
    change(mapping, ("extracted_at: 2026-11-02T02:00:00+08:00", "extracted_at: now"))


def each_day_far_from_now() -> str:
    """A cron of Shanghai's clock whose last time and whose next are both some twelve hours off."""
    return f"0 {(now().astimezone(ZoneInfo('Asia/Shanghai')).hour + 12) % 24} * * *"


def listing(house: House) -> list[str]:
    """What lies under out/ and state/, but for what Prefect and the store keep, letters, and pages over all."""
    found = []
    for top in ("out", "state"):
        for path in sorted((house.folder / top).rglob("*")):
            name = path.relative_to(house.folder).as_posix()
            if (
                path.is_file()
                and path.parent.name != "out"
                and not name.startswith(("state/prefect/", "state/clausewatch.db", "out/failed/"))
            ):
                found.append(name)
    return found


def folders(house: House) -> list[str]:
    """Folders of runs, whole or not."""
    return sorted(
        path.name for path in (house.folder / "out").glob("*") if path.is_dir() and path.name != "failed"
    )


def letters(house: House) -> list[Path]:
    """Letters about failed runs."""
    return sorted((house.folder / "out" / "failed" / "notices").glob("*.eml"))


def store_of(house: House) -> Store:
    """The house's store, to be looked at."""
    return open_store(house.env["CLAUSEWATCH_STORE_URL"])
