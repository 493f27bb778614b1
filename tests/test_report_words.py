"""The catalogue of words: nothing is missing in either language, and nothing is said that it does not know."""

import re
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from babel.messages.pofile import read_po

from audits.errors import WrongUse
from audits.words import Reason, Verdict
from reports.view.tile_rates import REGISTERS
from reports.words import LANGUAGES, Catalogue, Text, catalogue, words

REPORTS = Path(__file__).parents[1] / "reports"
#: w("key"), page.w("key", ...), w.runs("key", ...) in Python, Jinja and typst.
_SAID = re.compile(r"""\bw(?:\.runs)?\(\s*["']([a-z_]+\.[\w .>/-]+)["']\s*[,)]""")
_IN_SCRIPT = re.compile(r"""\b(?:say|words)\(["']([a-z_]+\.[\w.]+)["']""")


def _texts(entry: Text) -> list[str]:
    return [entry] if isinstance(entry, str) else list(entry)


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_every_key_speaks_both_languages() -> None:
    silent = [
        key
        for key, entry in catalogue().items()
        if set(entry) != set(LANGUAGES)
        or not all(t.strip() for lang in LANGUAGES for t in _texts(entry[lang]))
    ]
    assert silent == []


#: What a language writes as the other does, beside texts that are all signs and placeholders.
_ALIKE = {"connect.register", "card.value.app", "run.mails_written"}


def test_no_text_is_left_in_the_other_language() -> None:
    chinese, letters = re.compile(r"[\u3000-\u9fff\uff00-\uffef]"), re.compile(r"[A-Za-z]{2}")
    left = []
    for key, entry in catalogue().items():
        english, own = (
            " ".join(re.sub(r"\{\w+\}|<[^>]*>", "", t) for t in _texts(entry[lang])) for lang in ("en", "zh")
        )
        if chinese.search(english) or (letters.search(own) and not re.search(r"[\u4e00-\u9fff]", own)):
            left.append(key)
    assert set(left) - _ALIKE == {"page.other_language"}, "this one names the other language in its own words"


@pytest.mark.parametrize("folder", ["zh_CN", "en"])
def test_the_catalogues_are_what_translators_tools_read(folder: str) -> None:
    for path in sorted((REPORTS / "words" / folder).glob("*.po")):
        read = read_po(BytesIO(path.read_bytes()), abort_invalid=True)
        assert read.locale_identifier == folder, path
        assert [m.id for m in read if m.fuzzy and m.id] == [], path
        other = read_po(
            BytesIO((REPORTS / "words" / ("en" if folder != "en" else "zh_CN") / path.name).read_bytes())
        )
        assert [m.id for m in read] == [m.id for m in other], path


def test_both_languages_are_given_the_same_values() -> None:
    asked = {
        key: [set().union(*map(_placeholders, _texts(entry[lang]))) for lang in LANGUAGES]
        for key, entry in catalogue().items()
        if not key.startswith("mail.")
    }
    assert {key: names for key, names in asked.items() if names[0] != names[1]} == {}


def test_styles_are_closed_and_the_same_in_both_languages() -> None:
    odd = []
    for key, entry in catalogue().items():
        texts = [text for lang in LANGUAGES for text in _texts(entry[lang])]
        if len({str(sorted(re.findall(r"<(/?\w+)>", text))) for text in texts}) > 1:
            odd.append(key)
    assert odd == []


def test_every_verdict_reason_state_and_mark_has_its_word() -> None:
    keys = {f"verdict.{v.name.lower()}" for v in Verdict} | {
        f"verdict.short.{v.name.lower()}" for v in Verdict
    }
    keys |= {f"reason.{reason.name}" for reason in Reason}
    keys |= {f"gap_do.{reason.name}" for reason in Reason if reason >= Reason.NULL_FILTER}
    keys |= {f"audit.{a}" for a in ("timing", "acceptance", "survey", "qa")}
    words_of_audits = ("breached", "undecided", "pending", "unconnected", "none_due", "met")
    keys |= {f"audit_word.{word}" for word in words_of_audits} | {
        f"sentence.word.{word}" for word in words_of_audits
    }
    keys |= {f"state.{s}" for s in ("open", "acknowledged", "cleared", "withdrawn")}
    keys |= {f"mark.{m}" for m in ("waived", "baseline", "disputed")}
    keys |= {f"clause_state.{s}" for s in ("judged", "unconnected", "attested", "not_auditable")}
    keys |= {f"step.{s}" for s in ("pre", "formal", "rectify", "confirm")}
    assert keys - set(catalogue()) == set()


def _files(pattern: str) -> list[Path]:
    return [path for path in sorted(REPORTS.rglob(pattern)) if "mail" not in path.parts]


def test_every_key_that_is_said_exists() -> None:
    said: dict[str, set[str]] = {}
    for pattern, how in (("*.py", _SAID), ("*.j2", _SAID), ("*.typ", _SAID), ("*.js", _IN_SCRIPT)):
        for path in _files(pattern):
            for key in how.findall(path.read_text("utf-8")):
                said.setdefault(key, set()).add(path.name)
    assert len(said) > 200
    assert {key: files for key, files in said.items() if key not in catalogue()} == {}


def test_a_closing_sum_of_the_judge_has_its_words() -> None:
    made = (Path(__file__).parents[1] / "audits" / "results.py").read_text("utf-8")
    ids = re.findall(r"""_sum\(\s*"(\w+)\"""", made)
    assert len(ids) > 5
    assert [key for key in ids if f"check.{key}" not in catalogue()] == []


def test_every_command_that_a_report_names_exists() -> None:
    import typer

    from flows.cli import app
    from tasks.crm.register_words import ENTITIES, KINDS

    known: Any = typer.main.get_command(app)
    verbs = {name: set(getattr(command, "commands", {})) for name, command in known.commands.items()}
    said = set()
    for pattern in ("*.py", "*.po", "*.j2", "*.js"):
        for path in _files(pattern):
            said |= set(re.findall(r"clausewatch ([a-z]+)(?: ([a-z]+)\b)?", path.read_text("utf-8")))
    assert ("register", "new") in said
    unknown = {one for one in said if one[0] not in verbs or (verbs[one[0]] and one[1] not in verbs[one[0]])}
    assert unknown == set()
    kinds = {entity: kind.name for kind in KINDS.values() for entity in kind.sheets}
    assert {entity: kind for entity, kind in kinds.items() if entity in REGISTERS} == REGISTERS
    in_crms = {"customer", "contact", "staff", "team", "interaction", "notification", "survey", "purchase"}
    assert set(ENTITIES) - set(REGISTERS) == in_crms


def test_a_name_with_angle_brackets_stays_a_name() -> None:
    w = Catalogue("en", {"a.b": "<breached>{who}</breached> late"})
    assert w.runs("a.b", who="<b>Eve</b>") == [("<b>Eve</b>", "breached"), (" late", "")]


def test_english_counts_one_and_many() -> None:
    w = words("en")
    assert w("escalated.count", n=1) == "1 matter"
    assert w("escalated.count", n=1200) == "1,200 matters"


def test_an_unknown_key_and_an_unknown_language_are_refused() -> None:
    with pytest.raises(KeyError):
        words("zh")("no.such.key")
    with pytest.raises(WrongUse, match="'fr'"):
        words("fr")


def test_words_are_spoken_without_loading_what_renders() -> None:
    script = "import sys, reports.words; print(any(m in sys.modules for m in ('pandas', 'pyarrow', 'typst')))"
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"


def test_a_language_tag_means_its_language() -> None:
    assert words("zh-CN").lang == "zh"
    assert words("en_GB").lang == "en"
