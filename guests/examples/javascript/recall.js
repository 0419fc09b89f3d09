// A client's rule in JavaScript: a Dentally patient's name, phone number and next recall on the Odoo contact.
//
// `mapping` at the end is the contract; `partner` above it is the rule. The same rule in Python is
// `../python/recall.py`, and both answer the cases in `../cases` with the same bytes.

const PHONES = { mobile: 'mobilePhone', home: 'homePhone', work: 'workPhone' };

const field = (name, kind, sources, rule, custom) => ({
  name,
  kind: { tag: kind },
  custom,
  section: custom && 'Recall',
  groups: [],
  sources: sources.map((source) => `patient.${source}`),
  rule,
});

// The fields in the order in which cells count them.
const [NAME, PHONE, NEXT_RECALL, OVERDUE] = [0, 1, 2, 3];
const RECALLS = ['dentist_recall_date', 'hygienist_recall_date'];
const FIELDS = [
  field('name', 'char', ['first_name', 'last_name'], 'joined by a space'),
  field(
    'phone', 'char', ['mobile_phone', 'home_phone', 'work_phone'],
    'the number that the setting `phone_first` names, else the first that is filled',
  ),
  field('x_next_recall', 'date', RECALLS, 'the earlier of the two', 'Next recall'),
  field(
    'x_recall_overdue', 'boolean', RECALLS,
    'whether the earlier of the two lies before the day of the migration', 'Recall overdue',
  ),
];

/** Reads spans of a batch's texts: they count bytes of its UTF-8, and JavaScript's strings have none. Empty where there is none. */
function reader(texts) {
  const places = [];
  for (let place = 0; place < texts.length; ) {
    const code = texts.codePointAt(place);
    const bytes = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (let byte = 0; byte < bytes; byte += 1) {
      places.push(place);
    }
    place += code < 0x10000 ? 1 : 2;
  }
  places.push(texts.length);
  return (span) => span ? texts.slice(places[span.start], places[span.start + span.length]).trim() : '';
}

/** Days and moments compare as numbers: 20240229. */
const ymd = ({ year, month, day }) => (year * 100 + month) * 100 + day;

/** The UTC day of a moment in seconds. Nothing here asks what time it is now. */
function civil(seconds) {
  const moment = new Date(Number(seconds) * 1000);
  return ymd({ year: moment.getUTCFullYear(), month: moment.getUTCMonth() + 1, day: moment.getUTCDate() });
}

/** The contact that a patient becomes: cells and findings. */
function partner(patient, read, today, phoneFirst) {
  const name = [read(patient.firstName), read(patient.lastName)].filter(Boolean).join(' ');
  if (!name) {
    return { code: 'no-name', field: 'patient.first_name', message: 'neither first nor last name is filled' };
  }
  const order = [phoneFirst, ...Object.keys(PHONES).filter((phone) => phone !== phoneFirst)];
  const phone = order.map((which) => read(patient[PHONES[which]])).find(Boolean);

  const dates = [patient.dentistRecallDate, patient.hygienistRecallDate].filter(Boolean);
  const recall = dates.sort((a, b) => ymd(a) - ymd(b))[0];
  const findings = [];
  if (!recall && patient.active !== false) {
    findings.push({
      severity: 'info', code: 'no-recall', field: 'patient.dentist_recall_date',
      message: 'an active patient without any recall',
    });
  }
  const text = (made) => ({ tag: 'text', val: { tag: 'made', val: made } });
  const empty = { tag: 'empty' };
  const cells = [
    { field: NAME, value: text(name) },
    { field: PHONE, value: phone ? text(phone) : empty },
    { field: NEXT_RECALL, value: recall ? { tag: 'date', val: recall } : empty },
    { field: OVERDUE, value: { tag: 'boolean', val: recall !== undefined && ymd(recall) < today } },
  ];
  return { cells, findings };
}

function answer(entity, read, today, phoneFirst) {
  if (entity.tag !== 'patient') {
    return { tag: 'ok', val: { upserts: [], handovers: [], findings: [] } };
  }
  const made = partner(entity.val, read, today, phoneFirst);
  if (made.code) {
    return { tag: 'err', val: made };
  }
  const key = { object: 'patient', id: { tag: 'given', val: entity.val.id } };
  return { tag: 'ok', val: { upserts: [{ target: 0, key, cells: made.cells }], handovers: [], findings: made.findings } };
}

/** An error that the contract carries: what `result` calls `err` is thrown. */
class Refused extends Error {
  constructor(payload) {
    super(payload.message);
    this.payload = payload;
  }
}

/** The contract's interface `mapping`. */
export const mapping = {
  describe(settings) {
    for (const { name, value } of settings) {
      if (name !== 'phone_first') {
        throw new Refused({ name, message: 'the module knows `phone_first` alone' });
      }
      if (!(value in PHONES)) {
        throw new Refused({ name, message: `one of ${Object.keys(PHONES).join(', ')}` });
      }
    }
    return {
      name: 'recall',
      version: '0.1.0',
      targets: [{
        object: 'patient', model: 'res.partner', cardinality: 'one-to-one', adoptBy: [], mayCreate: true,
        needsApp: undefined, needs: [], fields: FIELDS, note: '',
      }],
      handovers: [],
      settings: [{
        name: 'phone_first', default: 'mobile', allowed: Object.keys(PHONES),
        help: 'which number is shown where there are several',
      }],
      dropped: [],
    };
  },

  transform(context, texts, batch) {
    const read = reader(texts);
    const today = civil(context.asOfSeconds);
    const phoneFirst = context.settings.find(({ name }) => name === 'phone_first')?.value ?? 'mobile';
    return batch.map((entity) => answer(entity, read, today, phoneFirst));
  },
};
