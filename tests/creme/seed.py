# mypy: ignore-errors
"""Play the seeded weeks through Creme CRM's own models under a simulated clock.

This script runs inside Creme's own virtual environment, as a subprocess; nothing of ours is imported and
nothing of ours imports it. (For the same reason the type checker, which has no Creme, leaves it out.)

Each deed is played as one request of the web interface: the user is known, the cache of a request is fresh,
and the entity is fetched anew; only then does Creme write the history that its own pages would write.
Creation, change and history dates come from the clock, nothing is patched afterwards.

Usage: seed.py PROJECT_FOLDER INPUT.json
"""

import json
import os
import sys
from datetime import datetime, timedelta
from pathlib import Path

import time_machine

project, given = sys.argv[1:]
sys.path.insert(0, project)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ccrm.ci_settings")

import django  # noqa: E402

django.setup()

from creme.activities import constants as activities  # noqa: E402
from creme.activities.models import Activity, ActivitySubType, ActivityType  # noqa: E402
from creme.activities.models import Status as ActivityStatus  # noqa: E402
from creme.creme_core.global_info import clear_global_info, set_global_info  # noqa: E402
from creme.creme_core.models import (  # noqa: E402
    CremeUser,
    CustomEntityType,
    CustomField,
    CustomFieldEnumValue,
    Relation,
    RelationType,
)
from creme.emails.models import EntityEmail  # noqa: E402
from creme.persons.constants import (  # noqa: E402
    REL_SUB_CUSTOMER_SUPPLIER,
    REL_SUB_EMPLOYED_BY,
    REL_SUB_MANAGES,
)
from creme.persons.models import Contact, Organisation, Position, Sector  # noqa: E402
from creme.polls.models import PollForm, PollFormLine, PollReply  # noqa: E402
from creme.tickets.constants import REL_SUB_LINKED_2_TICKET  # noqa: E402
from creme.tickets.models import Criticity, Priority, Status, Ticket  # noqa: E402
from django.contrib.contenttypes.models import ContentType  # noqa: E402

OPENED = "2026-06-01T08:00:00+08:00"
INT_LINE = 1
Escalation = CustomEntityType.custom_classes[1]
ESCALATES, ESCALATED = "house-subject_escalates", "house-object_escalates"
MAIL_ABOUT = "email-subject_related_to"
scenario = json.loads(Path(given).read_text(encoding="utf-8"))
users, ids, fields, values, forms = {}, {}, {}, {}, {}


def request(when, username, play, *args):
    """One request: a user, an instant, a fresh cache."""
    clear_global_info()
    set_global_info(user=users.get(username), per_request_cache={})
    with time_machine.travel(datetime.fromisoformat(when), tick=False):
        return play(*args)


def link(subject, kind, thing, user):
    Relation.objects.create(subject_entity=subject, type_id=kind, object_entity=thing, user=user)


def custom(entity, name, value):
    """Set a custom field; the label of an ENUM becomes the id of its value."""
    field = fields[type(entity), name]
    stored = values[field.id, value] if field.field_type == CustomField.ENUM else value
    field.value_class.save_values_for_entities(field, [entity], stored)


# ---- the house is set up ------------------------------------------------------------------------------
def add_field(model, name, kind, labels=()):
    ctype = ContentType.objects.get_for_model(model)
    field = CustomField.objects.create(name=name, content_type=ctype, field_type=kind)
    fields[model, name] = field
    for label in labels:
        values[field.id, label] = CustomFieldEnumValue.objects.create(custom_field=field, value=label).id


def configure():
    for name in scenario["statuses"]:
        Status.objects.create(name=name)
    kind = CustomEntityType.objects.get(id=1)
    kind.name, kind.plural_name, kind.enabled = "Escalation", "Escalations", True
    kind.save()
    add_field(Ticket, "Service type", CustomField.ENUM, scenario["service_types"])
    add_field(Escalation, "Target role", CustomField.ENUM, scenario["roles"])
    for name in ("Triggered at", "Acknowledged at", "Acted at"):
        add_field(Escalation, name, CustomField.DATETIME)
    add_field(PollReply, "Acceptance number", CustomField.STR)
    add_field(PollReply, "Bounced", CustomField.BOOL)
    RelationType.objects.builder(
        id=ESCALATES, predicate="escalates", is_custom=True, models=[Escalation]
    ).symmetric(id=ESCALATED, predicate="is escalated by", models=[Ticket]).get_or_create()


def people():
    house = Organisation.objects.get(is_managed=True)
    house.name = "Haihe Services"
    house.save()
    departments = {house.name: house}
    root = CremeUser.objects.get(username="root")
    for name in scenario["managers"]:
        if name not in departments:
            departments[name] = Organisation.objects.create(user=root, name=name)
    for person in scenario["people"]:
        users[person["username"]] = hire(person, departments)
    for name, manager in scenario["managers"].items():
        link(users[manager].linked_contact, REL_SUB_MANAGES, departments[name], root)
    for name, members in scenario["teams"].items():
        users[name] = CremeUser.objects.create(username=name, last_name=name, is_team=True)
        users[name].teammates = [users[member] for member in members]


def hire(person, departments):
    user = CremeUser.objects.create_user(
        username=person["username"],
        first_name=person["first"],
        last_name=person["last"],
        email=f"{person['username']}@haihe.example",
        is_superuser=True,
        is_active=person["active"],
    )
    contact = Contact.objects.get(is_user=user)
    contact.position, _ = Position.objects.get_or_create(title=person["position"])
    contact.save()
    if person["department"]:
        link(contact, REL_SUB_EMPLOYED_BY, departments[person["department"]], user)
    return user


def customers():
    house, owner = Organisation.objects.get(is_managed=True), users["zhou.min"]
    for number, (name, sector, contact) in scenario["customers"].items():
        customer = Organisation.objects.create(
            user=owner,
            name=name,
            code=number,
            sector=Sector.objects.get(title=sector) if sector else None,
        )
        link(customer, REL_SUB_CUSTOMER_SUPPLIER, house, owner)
        ids[number] = customer.id
        if contact:
            last, first, position, phone = contact
            position, _ = Position.objects.get_or_create(title=position)
            person = Contact.objects.create(
                user=owner, last_name=last, first_name=first, position=position, phone=phone
            )
            link(person, REL_SUB_EMPLOYED_BY, customer, owner)


def questionnaires():
    for name in ("Acceptance survey", "Case survey"):
        forms[name] = PollForm.objects.create(user=users["zhou.min"], name=name)
        for place, question in enumerate(scenario["questions"], start=1):
            PollFormLine.objects.create(
                pform=forms[name],
                order=place,
                type=INT_LINE,
                type_args=json.dumps({"lower_bound": 1, "upper_bound": 5}),
                question=question,
            )


# ---- tickets ------------------------------------------------------------------------------------------
def open_ticket(ticket):
    entity = Ticket.objects.create(
        user=users[ticket["owner"]],
        title=f"{ticket['key']} {ticket['type'] or 'unsorted'}",
        description="Told by telephone",
        status=Status.objects.get(name=ticket["status"]),
        priority=Priority.objects.order_by("order")[1],
        criticity=Criticity.objects.order_by("order")[0],
    )
    ids[ticket["key"]] = entity.id
    if ticket["type"]:
        custom(entity, "Service type", ticket["type"])
    customer = Organisation.objects.get(id=ids[ticket["customer"]])
    link(customer, REL_SUB_LINKED_2_TICKET, entity, users[ticket["owner"]])


def got(key):
    return Ticket.objects.get(id=ids[key])


def do_status(key, step):
    ticket = got(key)
    ticket.status = Status.objects.get(name=step["status"])
    if step["owner"]:
        ticket.user = users[step["owner"]]
    ticket.save()


def do_type(key, step):
    custom(got(key), "Service type", step["type"])


def do_call(key, step):
    ticket, start = got(key), datetime.fromisoformat(step["start"])
    sub_type = (
        activities.UUID_SUBTYPE_PHONECALL_OUTGOING
        if step["direction"] == "out"
        else activities.UUID_SUBTYPE_PHONECALL_INCOMING
    )
    status = activities.UUID_STATUS_DONE if step["done"] else activities.UUID_STATUS_PLANNED
    call = Activity.objects.create(
        user=ticket.user,
        title=f"Call about {ticket.title}",
        start=start,
        end=start + timedelta(minutes=4),
        type=ActivityType.objects.get(uuid=activities.UUID_TYPE_PHONECALL),
        sub_type=ActivitySubType.objects.get(uuid=sub_type),
        status=ActivityStatus.objects.get(uuid=status),
    )
    link(ticket, activities.REL_SUB_ACTIVITY_SUBJECT, call, ticket.user)


def do_mail(key, step):
    ticket = got(key)
    sent = step["status"] == EntityEmail.Status.SENT
    received = step["status"] == EntityEmail.Status.SYNCHRONIZED
    when = datetime.fromisoformat(step["at"])
    mail = EntityEmail(
        user=ticket.user,
        sender="yu.xin@jiangnan.example" if received else "li.na@haihe.example",
        recipient="li.na@haihe.example" if received else "yu.xin@jiangnan.example",
        subject=ticket.title,
        body="About your question",
        status=step["status"],
        sending_date=when if sent else None,
        reception_date=when if received else None,
    )
    mail.genid_n_save()
    link(mail, MAIL_ABOUT, ticket, ticket.user)


def do_escalate(key, step):
    ticket = got(key)
    entity = Escalation.objects.create(user=ticket.user, name=f"Escalation of {ticket.title}")
    ids[key, step["at"]] = entity.id
    link(entity, ESCALATES, ticket, ticket.user)
    custom(entity, "Target role", step["role"])
    custom(entity, "Triggered at", datetime.fromisoformat(step["at"]))


def stamp_escalation(key, step, name, field):
    entity = Escalation.objects.get(id=ids[key, step["at"]])
    custom(entity, field, datetime.fromisoformat(step[name]))


def do_touch(key, _step):
    ticket = got(key)
    ticket.priority = Priority.objects.order_by("order")[2]
    ticket.save()


def do_trash(key, _step):
    got(key).trash()


def do_delete(key, _step):
    got(key).delete()


def ticket_requests(ticket):
    key = ticket["key"]
    actor = next((name for name in (ticket["owner"],) if name not in scenario["teams"]), "li.na")
    yield ticket["at"], actor, open_ticket, ticket
    for step in ticket["steps"]:
        yield step["at"], actor, globals()[f"do_{step['deed']}"], key, step
        for name, field in (("ack", "Acknowledged at"), ("act", "Acted at")):
            if step.get(name):
                yield step[name], "wu.gang", stamp_escalation, key, step, name, field


# ---- surveys ------------------------------------------------------------------------------------------
def send_survey(survey):
    form, user = forms["Case survey" if survey["case"] else "Acceptance survey"], users["zhou.min"]
    customer = Organisation.objects.get(id=ids[survey["customer"]])
    reply = PollReply.objects.create(user=user, pform=form, name=survey["number"], person=customer)
    form.duplicate_tree(reply, [*form.lines.all()][: survey["questions"]])
    ids[survey["number"]] = reply.id
    if survey["acceptance"]:
        custom(reply, "Acceptance number", survey["acceptance"])
    if survey["case"]:
        link(reply, REL_SUB_LINKED_2_TICKET, got(survey["case"]), user)


def bounce_survey(survey):
    custom(PollReply.objects.get(id=ids[survey["number"]]), "Bounced", True)


def answer_survey(survey):
    reply = PollReply.objects.get(id=ids[survey["number"]])
    for line in reply.lines.all():
        line.raw_answer = json.dumps(4)
        line.save()
    reply.is_complete = True
    reply.save()


def survey_requests(survey):
    yield survey["sent"], "zhou.min", send_survey, survey
    if survey["bounced"]:
        later = datetime.fromisoformat(survey["sent"]) + timedelta(minutes=1)
        yield later.isoformat(), "zhou.min", bounce_survey, survey
    if survey["answered"]:
        yield survey["answered"], "zhou.min", answer_survey, survey


def main():
    for step in (configure, people, customers, questionnaires):
        request(OPENED, "", step)
    requests = [deed for ticket in scenario["tickets"] for deed in ticket_requests(ticket)]
    requests += [deed for survey in scenario["surveys"] for deed in survey_requests(survey)]
    for when, username, play, *args in sorted(requests, key=lambda deed: datetime.fromisoformat(deed[0])):
        request(when, username, play, *args)


main()
