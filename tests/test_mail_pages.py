"""What mails say: the same facts in both parts and both languages, in order, safe, and readable on a phone."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audits.instants import HOUR, MINUTE
from reports.mail import MailBody, render
from reports.mail.blocks import Bar, Rich, Sums, bold
from reports.mail.contexts import Digest, Gap
from reports.mail.render import page
from reports.mail.saying import Voice
from tests.mail_read import shown, words
from tests.mail_samples import (
    BY_AGE,
    COMPLAINTS,
    ESCALATION,
    LONG_DIGEST,
    OVERDUE,
    SAMPLES,
    UPKEEP,
    WORKING_DAYS,
)
from tests.notices import ZONE, at

if TYPE_CHECKING:
    from playwright.sync_api import Browser

BOTH = [(name, lang) for name in SAMPLES for lang in ("zh", "en")]


def mail(name: str, lang: str) -> MailBody:
    context, as_of = SAMPLES[name]
    return render(context, lang, zone=ZONE, as_of=as_of)


@pytest.mark.parametrize(("name", "lang"), BOTH)
def test_text_and_html_hold_the_same_facts(name: str, lang: str) -> None:
    body = mail(name, lang)
    assert words(shown(body)) - words(body.text) == set()
    assert words(body.text) - words(shown(body)) - {"--"} == set()


@pytest.mark.parametrize("name", sorted(set(SAMPLES) - {"failed"}))
def test_both_languages_hold_the_same_figures(name: str) -> None:
    def figures(lang: str) -> list[str]:
        text = mail(name, lang).text
        # Months are names in English, weekdays and limits words of the card.
        return sorted(set(re.findall(r"\d[\d:,-]+\d|[KTAE]-?\d+[\d-]*", text)))

    assert figures("zh") == figures("en")


@pytest.mark.parametrize(("name", "lang"), BOTH)
def test_no_mail_has_a_picture_a_button_or_anything_from_outside(name: str, lang: str) -> None:
    body = mail(name, lang)
    assert not re.search(r"<(img|a|button|form|script|link|iframe|svg)\b", body.html)
    assert not re.search(r"(https?:|url\(|@import)", body.html)


@pytest.mark.parametrize(("name", "lang"), BOTH)
def test_a_subject_is_one_line_and_says_a_code_never_a_name(name: str, lang: str) -> None:
    subject = mail(name, lang).subject
    assert "\n" not in subject
    assert re.match(r"\[[^\]]+\] ", subject)
    assert len(subject) < 120


@pytest.mark.parametrize(
    ("name", "zh", "en"),
    [
        (
            "escalation",
            "[超时 5 分] K-0382 技术支持 T-20261009-0417：请启动应急小组",
            "[Overdue 5 min] K-0382 technical support T-20261009-0417: start the emergency team",
        ),
        (
            "working-days",
            "[逾期] K-0214 验收 A-2026-0087：第 5 个工作日已过",
            "[Overdue] K-0214 acceptance A-2026-0087: working day 5 has passed",
        ),
        (
            "digest",
            "[日报 10-13] 夜班组：未结 6 项，最久 09-29 起",
            "[Daily 10-13] 夜班组: 6 open, oldest 09-29",
        ),
        (
            "daily",
            "[投诉日报 10-29] K-0117 未解决 1 件；迟答 3 件",
            "[Complaints 10-29] K-0117 unsolved; 3 answered late",
        ),
    ],
)
def test_subjects_are_as_drawn(name: str, zh: str, en: str) -> None:
    assert (mail(name, "zh").subject, mail(name, "en").subject) == (zh, en)


def test_a_matter_is_told_in_the_order_people_read() -> None:
    text = mail("escalation", "zh").text
    order = [
        "已超时 5 分钟",
        "客户 K-0382",
        "时限 240 分",
        "请您",
        "怎样算确认",
        "事实",
        "为何发给您",
        "核查时刻",
    ]
    places = [text.index(part) for part in order]
    assert places == sorted(places)


def test_the_facts_name_the_clock_who_signed_it_and_the_other_due_instant() -> None:
    text = mail("escalation", "zh").text
    assert "营业时间，已签认（E0003，2026-09-28）。按自然时长，昨天 20:10 已到期" in text
    assert "夜间停业 900 分；等待客户 75 分" in text
    assert "（默认，未签认）" in mail("escalation-elapsed", "zh").text


def test_working_days_are_counted_aloud_and_the_skipped_ones_named() -> None:
    text = mail("working-days", "zh").text
    assert (
        "10-08 (1) 周四，10-09 (2) 周五，10-10 (3) 周六·调休上班，10-12 (4) 周一，10-13 (5) 周二，10-14 ✕"
        in text
    )
    assert "起算日 9 月 30 日（周三）不计；10-01 至 10-07 国庆节放假，10-11 周日，均不计。" in text
    assert "停在“问题整改”" in text


def test_a_rate_is_said_with_its_numbers_and_what_is_missing() -> None:
    assert "结果：60 / 64，93.8%；再有 1 份即达 95%" in mail("month-rate", "zh").text
    assert "60 / 64, 93.8%; 1 more would make 95%" in mail("month-rate", "en").text


def test_the_last_moment_of_a_day_is_24_hours() -> None:
    assert "应在昨天 24:00 前完成" in mail("working-days", "zh").text
    assert "by 24:00 yesterday" in mail("working-days", "en").text


def test_who_stands_in_for_somebody_reads_so() -> None:
    assert "E0020 不在，您是副手。" in mail("escalation-elapsed", "zh").text
    assert "E0012" in mail("escalation", "en").text


def test_an_hour_to_act_by_is_said_only_while_it_is_ahead() -> None:
    assert "在今天 13:25 前在 CRM 接手工单" in mail("escalation", "zh").text
    past = render(replace(ESCALATION, act_by=at("10-10 12:00")), "zh", zone=ZONE, as_of=at("10-10 12:30"))
    assert "12:00" not in past.text


@pytest.mark.parametrize(
    ("late", "zh", "en"),
    [
        (MINUTE, "已超时 1 分钟", "Overdue by 1 minute"),
        (59 * MINUTE, "已超时 59 分钟", "Overdue by 59 minutes"),
        (60 * MINUTE, "已超时 1 小时", "Overdue by 1 h"),
        (61 * MINUTE, "已超时 1 小时 01 分", "Overdue by 1 h 01 min"),
        (49 * HOUR, "已超时 2 天 1 小时", "Overdue by 2 d 1 h"),
    ],
)
def test_lateness_is_said_as_people_say_it(late: int, zh: str, en: str) -> None:
    matter = replace(ESCALATION, items=(replace(OVERDUE, late=late),))
    for lang, said in (("zh", zh), ("en", en)):
        body = render(matter, lang, zone=ZONE, as_of=at("10-10 12:30"))
        assert body.text.startswith(f"{said}\n")


def test_the_bar_is_true_to_scale() -> None:
    for late in (MINUTE, HOUR, 30 * HOUR):
        made = page(
            replace(ESCALATION, items=(replace(OVERDUE, late=late),)), Voice("zh", ZONE, at("10-12 12:30"))
        )
        (bar,) = [block for block in made.blocks if isinstance(block, Bar)]
        assert bar.inside + bar.beyond < 1000
        share = bar.inside * (OVERDUE.limit + late) / (bar.inside + bar.beyond)
        assert late < 5 * MINUTE or abs(share - OVERDUE.limit) < OVERDUE.limit / 20


def test_a_digest_lists_by_age_and_says_what_was_mailed_by_itself() -> None:
    text = mail("digest", "zh").text
    assert [text.index(f"[{head}]") for head in ("超过 5 个工作日", "1 至 5 个工作日", "不到 1 个工作日")]
    assert "上次未结 6 + 新增 4 − 已消除 4 = 现未结 6" in text
    assert text.count("今天已单独发信") == 1
    assert "已经过去、无须处理： T-20261013-0107" in text


SUBJECTS = st.sets(st.integers(0, 12)).map(lambda found: tuple(sorted(f"case:{n}" for n in found)))


@given(before=SUBJECTS, still=SUBJECTS, over=SUBJECTS)
def test_the_sums_of_a_digest_always_add_up(
    before: tuple[str, ...], still: tuple[str, ...], over: tuple[str, ...]
) -> None:
    items = [replace(OVERDUE, finding=s, subject=s) for s in still]
    items += [replace(OVERDUE, finding=f"o{s}", subject=s, is_open=False) for s in over]
    digest = replace(BY_AGE, items=tuple(items), before=before, ages=())
    made = page(digest, Voice("zh", ZONE, at("10-13 08:30")))
    (sums,) = [block for block in made.blocks if isinstance(block, Sums)]
    was, new, gone, now = (int(figure) for _, figure, _, _ in sums.terms)
    assert (was, now, was + new - gone) == (len(before), len(still), now)


def test_a_long_digest_shows_the_oldest_and_brings_all_in_its_annex() -> None:
    body = render(LONG_DIGEST, "zh", zone=ZONE, as_of=at("10-13 08:30"))
    (annex,) = body.annexes
    rows = annex.content.decode("utf-8-sig").splitlines()
    assert (annex.name, len(rows)) == ("findings-2026-10-13.csv", 41)
    assert "另 31 项，见附件" in body.text
    assert render(BY_AGE, "zh", zone=ZONE, as_of=at("10-13 08:30")).annexes == ()


def test_a_formula_in_a_crm_is_text_in_the_annex() -> None:
    items = tuple(replace(item, label="=HYPERLINK(1)") for item in LONG_DIGEST.items)
    (annex,) = render(replace(LONG_DIGEST, items=items), "zh", zone=ZONE, as_of=at("10-13 08:30")).annexes
    assert ",'=HYPERLINK(1)," in annex.content.decode("utf-8-sig")


def test_a_record_with_several_broken_clauses_is_one_line_of_a_digest() -> None:
    twice = (*BY_AGE.items, replace(BY_AGE.items[0], finding="other"))
    made = render(replace(BY_AGE, items=twice), "zh", zone=ZONE, as_of=at("10-13 08:30"))
    assert made.text.count("T-20260928-0311") == 1
    assert "未结 6 项" in made.subject


def test_a_record_with_one_clause_over_and_one_open_is_open() -> None:
    over = replace(BY_AGE.items[0], finding="over", is_open=False)
    made = render(replace(BY_AGE, items=(over, BY_AGE.items[0])), "zh", zone=ZONE, as_of=at("10-13 08:30"))
    assert "未结 1 项" in made.subject
    assert "已经过去" not in made.text


def test_the_general_managers_table_parts_what_needs_him_from_what_does_not() -> None:
    text = mail("daily", "zh").text
    needs, rest = text.split("不需介入")
    assert "未解决，超 6:40" in needs
    assert [line.split("；")[0] for line in rest.splitlines() if line.startswith("- ")] == [
        "- K-0214 T-20261029-0066",
        "- K-0382 T-20261029-0140",
        "- K-0051 T-20261029-0171",
    ]
    assert "14 分，超 4 分" in rest
    assert "10-29 应答复的投诉 11 件：10 分钟内答复 8 件，迟 3 件。10 月至今 297 件中迟 26 件。" in rest


def test_a_table_with_nobody_to_step_in_says_so() -> None:
    calm = replace(COMPLAINTS, complaints=COMPLAINTS.complaints[1:])
    body = render(calm, "en", zone=ZONE, as_of=at("10-29 18:00"))
    assert body.subject == "[Complaints 10-29] 3 answered late"
    assert "Needs you" not in body.text


def test_obstacles_say_what_to_do_about_them() -> None:
    text = mail("operations", "zh").text
    assert "岗位无人：应急小组负责人；怎么办 在 people.yaml 的 roles 或 addresses 里指定" in text
    assert "E0014 不在，没有副手" in text
    assert "没有告知任何主管" in text


EVIL = '<b onmouseover="x">K</b>&amp;\r\nBcc: x@example.com'


def test_a_crms_text_is_escaped_and_cannot_break_a_subject() -> None:
    item = replace(OVERDUE, label=EVIL, customer=EVIL, holder=EVIL, team=EVIL)
    body = render(replace(ESCALATION, items=(item,)), "zh", zone=ZONE, as_of=at("10-10 12:30"))
    assert "<b onmouseover" not in body.html
    assert "&lt;b onmouseover" in body.html
    assert "\n" not in body.subject
    assert "\r" not in body.subject


def test_marks_inside_a_crms_text_make_nothing_bold() -> None:
    text = Rich(bold("a\ue000b\ue001c") + "\ue001<")
    assert (text.plain, text.html.count("<b")) == ("abc<", 1)


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(Exception, match="no reports in the language"):
        render(ESCALATION, "fr", zone=ZONE, as_of=at("10-10 12:30"))


def test_every_kind_of_mail_has_a_sample() -> None:
    from typing import get_args

    from reports.mail.contexts import Context

    assert {type(context) for context, _ in SAMPLES.values()} == set(get_args(Context))
    assert isinstance(SAMPLES["digest"][0], Digest)
    assert WORKING_DAYS.days


@pytest.mark.parametrize("width", [360, 390, 640, 1200])
def test_nothing_scrolls_sideways_and_the_column_is_at_most_600_wide(browser: "Browser", width: int) -> None:
    tab = browser.new_page(viewport={"width": width, "height": 800})
    try:
        for name, lang in BOTH:
            tab.set_content(mail(name, lang).html)
            wide, column = tab.evaluate(
                "[document.documentElement.scrollWidth, document.querySelector('table table').offsetWidth]"
            )
            assert wide <= width, (name, lang)
            assert column <= 600, (name, lang)
    finally:
        tab.close()


def test_a_gap_names_a_few_clauses_and_how_many_more() -> None:
    few, many = (tuple(f"ECS-1.3-C{i}" for i in range(n)) for n in (4, 12))
    gaps = tuple(Gap("case.service_type", "NULL_FILTER", 1, 1, ("T-1",), clauses) for clauses in (few, many))
    said = shown(render(replace(UPKEEP, gaps=gaps), "en", zone=ZONE, as_of=at("10-13 02:00")))
    listed = "clauses: ECS-1.3-C0, ECS-1.3-C1, ECS-1.3-C2, ECS-1.3-C3"
    assert said.count(listed) == 2
    assert said.count(f"{listed} and 8 more, in the report") == 1
