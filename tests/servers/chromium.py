"""Debian's Chromium driven by playwright: the bytes of a browser stay with the distribution."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

NOT_INSTALLED = "Chromium is not installed (Debian package chromium)"
#: Quiet, and nothing that calls out by itself.
_SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium_program() -> str | None:
    """The browser's program, or None where Chromium is not installed."""
    return shutil.which("chromium")


@contextmanager
def open_browser() -> Iterator[Browser]:
    """A headless browser.

    While it is open an event loop runs in this thread: code that starts its own (`asyncio.run`, a Prefect
    flow) must not be called meanwhile.

    Raises:
        RuntimeError: Chromium is not installed.
    """
    program = chromium_program()
    if program is None:
        raise RuntimeError(NOT_INSTALLED)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(_SWITCHES))
        try:
            yield browser
        finally:
            browser.close()
