"""A client's rule in Python: a Dentally patient's name, phone number and next recall on the Odoo contact.

`transform` and `describe` at the end are the contract; `partner` above them is the rule. The same rule in JavaScript is
`../javascript/recall.js`, and both answer the cases in `../cases` with the same bytes.
"""

from componentize_py_types import Err, Ok
from wit_world.imports.effects import (
    Cell,
    Finding,
    Outcome,
    Rejection,
    Severity,
    SourceKey,
    Text_Given,
    Text_Made,
    Upsert,
    Value_Boolean,
    Value_Date,
    Value_Empty,
    Value_Text,
)
from wit_world.imports.manifest import (
    Cardinality,
    Field,
    FieldKind_Boolean,
    FieldKind_Char,
    FieldKind_Date,
    Manifest,
    SettingError,
    SettingSpec,
    Target,
)
from wit_world.imports.records import Entity_Patient

PHONES = {"mobile": "mobile_phone", "home": "home_phone", "work": "work_phone"}

# The fields in the order in which cells count them.
NAME, PHONE, NEXT_RECALL, OVERDUE = range(4)
FIELDS = [
    Field("name", FieldKind_Char(), None, None, [], ["patient.first_name", "patient.last_name"], "joined by a space"),
    Field(
        "phone", FieldKind_Char(), None, None, [], [f"patient.{field}" for field in PHONES.values()],
        "the number that the setting `phone_first` names, else the first that is filled",
    ),
    Field(
        "x_next_recall", FieldKind_Date(), "Next recall", "Recall", [],
        ["patient.dentist_recall_date", "patient.hygienist_recall_date"], "the earlier of the two",
    ),
    Field(
        "x_recall_overdue", FieldKind_Boolean(), "Recall overdue", "Recall", [],
        ["patient.dentist_recall_date", "patient.hygienist_recall_date"],
        "whether the earlier of the two lies before the day of the migration",
    ),
]


class Texts:
    """The texts of a batch: spans count bytes of their UTF-8."""

    def __init__(self, texts):
        self.bytes = texts.encode()

    def read(self, span):
        """What a span says, without the blanks around it; empty where there is none."""
        return self.bytes[span.start : span.start + span.length].decode().strip() if span else ""


def partner(patient, texts, today, phone_first):
    """The contact that a patient becomes: cells and findings. `today` is (year, month, day)."""
    name = " ".join(part for part in (texts.read(patient.first_name), texts.read(patient.last_name)) if part)
    if not name:
        raise Err(Rejection("no-name", "patient.first_name", "neither first nor last name is filled"))

    order = sorted(PHONES, key=lambda phone: phone != phone_first)
    numbers = (texts.read(getattr(patient, PHONES[phone])) for phone in order)
    phone = next((number for number in numbers if number), "")

    dates = [date for date in (patient.dentist_recall_date, patient.hygienist_recall_date) if date]
    recall = min(dates, key=ymd, default=None)
    findings = []
    if recall is None and patient.active is not False:
        findings.append(Finding(
            Severity.INFO, "no-recall", "patient.dentist_recall_date", "an active patient without any recall"
        ))
    return [
        Cell(NAME, Value_Text(Text_Made(name))),
        Cell(PHONE, Value_Text(Text_Made(phone)) if phone else Value_Empty()),
        Cell(NEXT_RECALL, Value_Date(recall) if recall else Value_Empty()),
        Cell(OVERDUE, Value_Boolean(recall is not None and ymd(recall) < today)),
    ], findings


def ymd(date):
    return (date.year, date.month, date.day)


def civil(seconds):
    """The UTC day of a moment as (year, month, day), by days of the 400 years that the calendar repeats in."""
    days = seconds // 86_400 + 719_468  # since 0000-03-01, so that a leap day ends its year
    era, day_of_era = divmod(days, 146_097)
    year_of_era = (day_of_era - day_of_era // 1_460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * month + 2) // 5 + 1
    month = month + 3 if month < 10 else month - 9
    return (year_of_era + era * 400 + (month <= 2), month, day)


def answer(entity, texts, today, phone_first):
    if not isinstance(entity, Entity_Patient):
        return Ok(Outcome([], [], []))
    patient = entity.value
    try:
        cells, findings = partner(patient, texts, today, phone_first)
    except Err as rejected:
        return rejected
    key = SourceKey("patient", Text_Given(patient.id))
    return Ok(Outcome([Upsert(0, key, cells)], [], findings))


class Mapping:
    """The contract's interface `mapping`."""

    def describe(self, settings):
        for setting in settings:
            if setting.name != "phone_first":
                raise Err(SettingError(setting.name, "the module knows `phone_first` alone"))
            if setting.value not in PHONES:
                raise Err(SettingError(setting.name, f"one of {', '.join(PHONES)}"))
        target = Target("patient", "res.partner", Cardinality.ONE_TO_ONE, [], True, None, [], FIELDS, "")
        first = SettingSpec("phone_first", "mobile", list(PHONES), "which number is shown where there are several")
        return Manifest("recall", "0.1.0", [target], [], [first], [])

    def transform(self, context, texts, batch):
        texts = Texts(texts)
        today = civil(context.as_of_seconds)
        phone_first = next((s.value for s in context.settings if s.name == "phone_first"), "mobile")
        return [answer(entity, texts, today, phone_first) for entity in batch]
