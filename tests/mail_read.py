"""A mail as its reader sees it, for the tests that compare its two parts."""

import html
import re

from reports.mail import MailBody

_TAG = re.compile(r"<style>.*?</style>|<title>.*?</title>|<[^>]*>", re.DOTALL)


def words(text: str) -> set[str]:
    """Every figure, code and Latin word of a text."""
    return set(re.findall(r"[A-Za-z0-9](?:[A-Za-z0-9:.,/-]*[A-Za-z0-9%])?", text))


def shown(body: MailBody) -> str:
    """What a reader of the HTML sees; the line for mail programs and the first head of tables left out."""
    inside = re.sub(r'<div style="display:none.*?</div>', "", body.html, flags=re.DOTALL)
    inside = re.sub(r'<tr class="heads">\s*<th[^>]*>[^<]*</th>', "", inside)
    return html.unescape(_TAG.sub(" ", inside)).replace("\xa0", " ")
