"""The tickets of the seeded weeks around National Day 2026, each with the verdicts a person gives it.

``says`` reads: response, resolution, overtime. Limits: enquiry 15 min / 2 h, technical 30 min / 4 h,
complaint 10 min / 24 h, emergency 5 min / 1 h; the escalation may follow the first broken limit by 60 minutes
for the first two and 15 for the others. Each row was judged with the standard beside it, not by a program.
"""

from tests.creme.scenario import (
    COMPLAINT,
    EMERGENCY,
    GENERAL,
    TECHNICAL,
    Ticket,
    call,
    delete,
    escalate,
    mail,
    retype,
    to,
    touch,
    trash,
)

BOSS, SQUAD, CHIEF, ALL = "Supervisor", "Emergency team", "General manager", "All service staff"
DESK = "Service desk"

ENQUIRIES = (
    Ticket("G01", GENERAL, "2026-09-24 09:00", (
        call("+8m"), to("In progress", "+9m"), to("Resolved", "+1h10m"), to("Closed", "+3d")), "met met na"),
    # exactly at both limits, and one microsecond past them
    Ticket("G02", GENERAL, "2026-09-28 10:00", (mail("+15m"), to("Resolved", "+2h")), "met met na"),
    Ticket("G03", GENERAL, "2026-09-28 11:00", (
        mail("+15m1us"), escalate(BOSS, "+1h"), to("Resolved", "+2h1us")), "breached breached met"),
    # one second late; the supervisor is told at the last instant of the grace, and one microsecond after it
    Ticket("G04", GENERAL, "2026-09-29 14:00", (
        call("+15m1s"), to("Resolved", "+1h"), escalate(BOSS, "+1h15m")), "breached met met"),
    Ticket("G05", GENERAL, "2026-09-29 15:00", (
        call("+5m"), escalate(BOSS, "+3h1us"), to("Resolved", "+3h30m")), "met breached breached"),
    Ticket("G06", GENERAL, "2026-09-29 16:00", (
        call("+5m"), escalate(BOSS, "+3h"), to("Resolved", "+3h30m")), "met breached met"),
    # a holiday is no excuse by elapsed time
    Ticket("G07", GENERAL, "2026-10-02 09:00", (
        call("+5m"), to("Resolved", "+2h30m")), "met breached breached"),
    # before the escalation log is promised complete a missing row proves nothing, and a row still counts
    Ticket("G08", GENERAL, "2026-09-23 09:30", (
        call("+20m"), to("Resolved", "+2h30m")), "breached breached nodata"),
    Ticket("G09", GENERAL, "2026-09-23 10:30", (
        call("+20m"), escalate(BOSS, "+40m"), to("Resolved", "+1h")), "breached met met"),
    # no evidence of a response: bounded by the resolution, else unknown; a status change is no response
    Ticket("G10", GENERAL, "2026-10-08 09:00", (to("Resolved", "+12m"),), "met met na"),
    Ticket("G11", GENERAL, "2026-10-08 10:00", (to("Resolved", "+50m"),), "nodata met nodata"),
    Ticket("G12", GENERAL, "2026-10-08 11:00", (
        to("In progress", "+3m"), to("Resolved", "+40m")), "nodata met nodata"),
    # open: overdue, inside, exactly at the limit, late answer with the grace still running
    Ticket("G13", GENERAL, "2026-10-31 16:00", (), "breached breached breached"),
    Ticket("G14", GENERAL, "2026-11-02 01:50", (), "pending pending na"),
    Ticket("G15", GENERAL, "2026-11-02 01:45", (), "pending pending na"),
    Ticket("G16", GENERAL, "2026-11-02 01:00", (call("+5m"),), "met pending na"),
    Ticket("G17", GENERAL, "2026-11-02 00:50", (call("+20m"),), "breached pending pending"),
    # what is no response: an incoming call, a planned one, an unsent mail, a received one; wrong role told
    Ticket("G18", GENERAL, "2026-10-12 09:00", (
        call("+5m", "in"), call("+25m"), escalate(CHIEF, "+30m"), to("Resolved", "+1h")),
        "breached met breached"),
    Ticket("G19", GENERAL, "2026-10-12 10:00", (
        call("+5m", done=False), call("+14m"), to("Resolved", "+1h")), "met met na"),
    Ticket("G20", GENERAL, "2026-10-12 11:00", (
        mail("+4m", 2), mail("+6m", 4), mail("+16m"), escalate(BOSS, "+20m"), to("Resolved", "+1h")),
        "breached met met"),
    # the call was made in time and typed in two days later
    Ticket("G21", GENERAL, "2026-10-13 09:00", (
        to("Resolved", "+1h30m"), call("+10m", logged="+2d")), "met met na", "wang.fang"),
    # Closed, Open, Closed: Creme's closing date keeps the first value; the same matter until the last one
    Ticket("G22", GENERAL, "2026-10-14 09:00", (
        call("+5m"), escalate(BOSS, "+30m"), to("Closed", "+1h"), to("Open", "+1d"), to("Closed", "+1d30m")),
        "met breached met"),
    # reopened after more than 3 working days: a new matter with its own two hours
    Ticket("G23", GENERAL, "2026-09-24 14:00", (
        call("+5m"), to("Resolved", "+1h"), to("Closed", "+2d"), to("Open", "2026-10-14 09:00"),
        to("Resolved", "2026-10-14 10:00")), "met met/met na/na"),
    Ticket("G24", GENERAL, "2026-09-28 14:00", (
        call("+5m"), to("Resolved", "+1h"), to("Open", "2026-10-20 09:00"),
        escalate(BOSS, "2026-10-20 10:00"), to("Resolved", "2026-10-20 12:00")), "met met/breached na/met"),
    # created directly as Closed; a later save of anything sets Creme's closing date to that day
    Ticket("G25", GENERAL, "2026-10-15 09:00", (touch("+5d"),), "met met na", status="Closed"),
    Ticket("G26", GENERAL, "2026-10-15 10:00", (to("Duplicated", "+10m"),), "na na na"),
    Ticket("G27", GENERAL, "2026-10-15 11:00", (to("Invalid", "+10m"),), "na na na"),
    Ticket("G28", GENERAL, "2026-10-15 12:00", (trash("+1h"),), ""),
    Ticket("G29", GENERAL, "2026-10-15 13:00", (delete("+1d"),), ""),
    # nobody took it: it lies with the team
    Ticket("G30", GENERAL, "2026-10-30 10:00", (), "breached breached breached", DESK, "C-1002"),
    # two hours and fifty minutes of waiting for the customer grant nothing
    Ticket("G31", GENERAL, "2026-10-15 09:00", (
        call("+5m"), to("Waiting", "+10m"), escalate(BOSS, "+2h30m"), to("In progress", "+3h"),
        to("Resolved", "+3h20m")), "met breached met"),
    # the filter itself is a hole: blank, and a value nobody mapped
    Ticket("G32", "", "2026-10-16 09:00", (call("+5m"), to("Resolved", "+1h")), "nodata nodata nodata"),
    Ticket("G33", "Spare parts", "2026-10-16 10:00", (
        call("+5m"), to("Resolved", "+1h")), "nodata nodata nodata"),
    # answered as an enquiry within 15 minutes, solved as technical support within 4 hours
    Ticket("G34", GENERAL, "2026-10-16 11:00", (
        call("+12m"), retype(TECHNICAL, "+1h"), to("Resolved", "+3h")), "met met na"),
    # what is stamped after the audit's instant has not happened yet
    Ticket("G35", GENERAL, "2026-11-02 00:30", (
        call("+5m"), to("Resolved", "2026-11-02 02:10")), "met pending na"),
    Ticket("G36", GENERAL, "2026-11-02 01:48", (call("+13m"),), "pending pending na"),
    # handed over and resolved in one request: one line of history
    Ticket("G37", GENERAL, "2026-10-19 09:00", (
        call("+5m"), to("In progress", "+6m", "wang.fang"), to("Resolved", "+1h59m", "li.na")),
        "met met na", DESK),
)  # fmt: skip

TECHNICALS = (
    Ticket("T01", TECHNICAL, "2026-09-24 10:00", (
        call("+20m"), to("Resolved", "+3h")), "met met na", "zhao.lei"),
    Ticket("T02", TECHNICAL, "2026-09-28 09:00", (
        call("+30m"), to("Resolved", "+4h")), "met met na", "zhao.lei"),
    Ticket("T03", TECHNICAL, "2026-09-28 13:00", (
        call("+30m1us"), escalate(SQUAD, "+40m", act="+1h30m"), to("Resolved", "+4h1us")),
        "breached breached met", "zhao.lei"),
    Ticket("T04", TECHNICAL, "2026-09-29 09:00", (
        mail("+30m1s"), escalate(SQUAD, "+40m", ack="+1h30m1us"), to("Resolved", "+2h")),
        "breached met breached", "sun.hao"),
    # told is not acted
    Ticket("T05", TECHNICAL, "2026-10-09 09:00", (
        call("+10m"), escalate(SQUAD, "+4h10m"), to("Resolved", "+5h")), "met breached breached", "sun.hao"),
    # an early act counts
    Ticket("T06", TECHNICAL, "2026-10-09 10:00", (
        call("+10m"), escalate(SQUAD, "+1h", act="+2h"), to("Resolved", "+5h")),
        "met breached met", "sun.hao"),
    Ticket("T07", TECHNICAL, "2026-10-10 10:00", (
        call("+10m"), escalate(BOSS, "+1h", ack="+1h5m", act="+2h"), to("Resolved", "+5h")),
        "met breached breached", "sun.hao", "C-1002"),
    Ticket("T08", TECHNICAL, "2026-10-31 10:00", (
        call("+20m"), escalate(SQUAD, "+4h5m", ack="+4h30m")), "met breached met", "zhao.lei", "C-1003"),
    Ticket("T09", TECHNICAL, "2026-11-01 23:00", (call("+10m"),), "met pending na", "zhao.lei"),
    Ticket("T10", TECHNICAL, "2026-09-23 13:00", (
        call("+45m"), to("Resolved", "+3h")), "breached met nodata", "zhao.lei"),
    # solved on 30 September: working days 8, 9 and (a made-up Saturday) 10 October; the last instant of it
    Ticket("T11", TECHNICAL, "2026-09-30 10:00", (
        call("+10m"), to("Resolved", "+2h"), to("Open", "2026-10-10 23:59:59.999999"),
        to("Resolved", "2026-10-11 01:00")), "met breached breached", "zhao.lei"),
    Ticket("T12", TECHNICAL, "2026-09-30 11:00", (
        call("+10m"), to("Resolved", "+2h"), to("Open", "2026-10-11 00:00"),
        to("Resolved", "2026-10-11 03:00")), "met met/met na/na", "zhao.lei"),
    # mail and call: the first counts
    Ticket("T13", TECHNICAL, "2026-10-20 09:00", (
        mail("+10m"), call("+40m"), to("Resolved", "+1h")), "met met na", "sun.hao"),
    # reopened and still open: the same matter, long overdue
    Ticket("T14", TECHNICAL, "2026-10-29 10:00", (
        call("+10m"), to("Resolved", "+1h"), to("Open", "2026-10-30 09:00")),
        "met breached breached", "zhao.lei"),
    # a new matter still inside, and one already overdue with the team at work
    Ticket("T15", TECHNICAL, "2026-10-20 10:00", (
        call("+10m"), to("Resolved", "+1h"), to("Open", "2026-11-01 23:30")),
        "met met/pending na/na", "zhao.lei"),
    Ticket("T16", TECHNICAL, "2026-10-20 11:00", (
        call("+10m"), to("Resolved", "+1h"), to("Open", "2026-11-01 20:00"),
        escalate(SQUAD, "2026-11-01 21:00", act="2026-11-02 00:30")), "met met/breached na/met", "zhao.lei"),
    Ticket("T17", TECHNICAL, "2026-10-21 09:00", (
        call("+25m"), retype(EMERGENCY, "+26m"), to("Resolved", "+50m")), "met met na", "zhao.lei"),
    # the second closing without a reopening changes nothing
    Ticket("T18", TECHNICAL, "2026-10-21 10:00", (
        call("+25m"), to("Resolved", "+3h50m"), to("Closed", "+7d")), "met met na", "sun.hao"),
)  # fmt: skip

COMPLAINTS = (
    Ticket("P01", COMPLAINT, "2026-09-25 09:00", (call("+9m"), to("Resolved", "+20h")), "met met na"),
    Ticket("P02", COMPLAINT, "2026-09-28 09:00", (call("+10m"), to("Resolved", "+1d")), "met met na"),
    Ticket("P03", COMPLAINT, "2026-09-29 09:00", (
        mail("+10m1us"), escalate(CHIEF, "+12m", act="+25m"), to("Resolved", "+1d1us")),
        "breached breached met"),
    Ticket("P04", COMPLAINT, "2026-10-03 09:00", (
        call("+10m1s"), escalate(CHIEF, "+12m", ack="+25m1us"), to("Resolved", "+5h")),
        "breached met breached"),
    Ticket("P05", COMPLAINT, "2026-10-05 09:00", (
        call("+5m"), escalate(CHIEF, "+1d5m", act="+1d10m"), to("Resolved", "+1d2h")), "met breached met"),
    Ticket("P06", COMPLAINT, "2026-10-30 09:00", (), "breached breached breached", DESK, "C-1004"),
    Ticket("P07", COMPLAINT, "2026-11-01 10:00", (call("+5m"),), "met pending na", "wang.fang"),
    Ticket("P08", COMPLAINT, "2026-10-10 09:00", (
        call("+5m"), escalate(BOSS, "+1d1m", ack="+1d2m", act="+1d3m"), to("Resolved", "+1d2h")),
        "met breached breached", "wang.fang"),
    Ticket("P09", COMPLAINT, "2026-10-12 09:00", (
        call("+30m"), escalate(CHIEF, "+15m"), to("Resolved", "+3h")), "breached met breached", "wang.fang"),
    Ticket("P10", COMPLAINT, "2026-11-02 01:40", (), "breached pending pending"),
    # answered late, and the manager was in it before that
    Ticket("P11", COMPLAINT, "2026-10-14 09:00", (
        escalate(CHIEF, "+12m", ack="+20m"), call("+40m"), to("Resolved", "+6h")), "breached met met"),
    # reopened at once, solved for good inside the day
    Ticket("P12", COMPLAINT, "2026-10-15 09:00", (
        call("+5m"), to("Resolved", "+2h"), to("Open", "+3h"), to("Resolved", "+5h")),
        "met met na", "wang.fang"),
    Ticket("P13", COMPLAINT, "2026-09-23 15:00", (
        call("+12m"), to("Resolved", "+4h")), "breached met nodata", "wang.fang"),
)  # fmt: skip

EMERGENCIES = (
    Ticket("E01", EMERGENCY, "2026-09-26 03:00", (
        call("+3m"), to("Resolved", "+40m")), "met met na", "zhao.lei"),
    Ticket("E02", EMERGENCY, "2026-09-27 09:00", (
        call("+5m"), to("Resolved", "+1h")), "met met na", "zhao.lei"),
    Ticket("E03", EMERGENCY, "2026-10-01 09:00", (
        call("+5m1us"), escalate(ALL, "+6m", act="+20m"), to("Resolved", "+1h1us")),
        "breached breached met", "zhao.lei"),
    Ticket("E04", EMERGENCY, "2026-10-02 10:00", (
        call("+5m1s"), escalate(ALL, "+6m", ack="+20m1us"), to("Resolved", "+50m")),
        "breached met breached", "zhao.lei"),
    Ticket("E05", EMERGENCY, "2026-10-04 03:00", (
        call("+3m"), escalate(ALL, "+1h2m", act="+1h10m"), to("Resolved", "+1h30m")),
        "met breached met", "zhao.lei"),
    Ticket("E06", EMERGENCY, "2026-11-01 22:00", (call("+3m"),), "met breached breached", "zhao.lei"),
    Ticket("E07", EMERGENCY, "2026-11-02 01:57", (), "pending pending na", "zhao.lei"),
    Ticket("E08", EMERGENCY, "2026-10-22 09:00", (to("Resolved", "+4m"),), "met met na", "sun.hao"),
    Ticket("E09", EMERGENCY, "2026-10-22 10:00", (to("Resolved", "+30m"),), "nodata met nodata", "sun.hao"),
    Ticket("E10", EMERGENCY, "2026-10-22 11:00", (
        call("+2m"), to("Waiting", "+10m"), to("In progress", "+50m"), escalate(ALL, "+1h5m", ack="+1h6m"),
        to("Resolved", "+1h20m")), "met breached met", "sun.hao"),
    Ticket("E11", EMERGENCY, "2026-09-24 20:00", (
        call("+6m"), to("Resolved", "+30m")), "breached met nodata", "sun.hao"),
)  # fmt: skip

TICKETS = ENQUIRIES + TECHNICALS + COMPLAINTS + EMERGENCIES
