// The rule in JavaScript, with nothing but Node.
// Keeps the rivals' protocol: rule.mjs INPUT OUTPUT [ROUNDS]

import { readFileSync, writeFileSync } from 'node:fs';

const REJECTED = {
  rejected: {
    code: 'no-name',
    field: 'patient.first_name',
    message: 'neither first nor last name is filled',
  },
};

/** The text without white space around it; null where nothing is left. */
const trimmed = (text) => (text ? text.trim() || null : null);

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** The text where it is a day of the calendar, written `2024-02-29`. */
function day(text) {
  // JavaScript's own `Date` takes the 30th of February for the 1st of March.
  if (!text || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return null;
  const [year, month, date] = [+text.slice(0, 4), +text.slice(5, 7), +text.slice(8)];
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return year > 0 && date > 0 && date <= DAYS[month - 1] + (leap ? 1 : 0) ? text : null;
}

/** The rule. */
function partner(patient) {
  const first = trimmed(patient.first_name);
  const last = trimmed(patient.last_name);
  const name = first && last ? `${first} ${last}` : first || last;
  if (!name) return REJECTED;
  const title = trimmed(patient.title);
  const email = trimmed(patient.email_address);
  const mobile = trimmed(patient.mobile_phone);
  const home = trimmed(patient.home_phone);
  const dentist = patient.dentist_id ?? null;
  const id = String(patient.id);
  const fields = {
    x_source_id: id,
    name: title ? `${title} ${name}` : name,
    email: email && email.toLowerCase(),
    phone: mobile ?? home,
    x_mobile: home && mobile,
    street: trimmed(patient.address_line_1),
    street2: trimmed(patient.address_line_2),
    city: trimmed(patient.town),
    zip: trimmed(patient.postcode),
    x_county: trimmed(patient.county),
    active: patient.active ?? true,
    x_date_of_birth: day(patient.date_of_birth),
    x_preferred_name: trimmed(patient.preferred_name),
    x_medical_alert: trimmed(patient.medical_alert_text),
    user_id: dentist === null ? null : { source: `practitioner/${dentist}` },
  };
  return { upserts: [{ model: 'res.partner', key: `patient/${id}`, fields }], findings: [], handovers: [] };
}

const LINE_FEED = 10;
/** Bytes turned into text at once: a whole file can be longer than V8's longest string. */
const CHUNK = 64 * 1024;

/** JSON lines in, JSON lines out. */
function transform(data) {
  const out = [];
  for (let start = 0; start < data.length; ) {
    const feed = data.indexOf(LINE_FEED, start + CHUNK);
    const end = feed < 0 ? data.length : feed + 1;
    let text = '';
    for (const line of data.toString('utf8', start, end).split('\n')) {
      if (line) text += `${JSON.stringify(partner(JSON.parse(line)))}\n`;
    }
    out.push(Buffer.from(text));
    start = end;
  }
  return Buffer.concat(out);
}

/** From `/proc`, as the other rivals take it. */
const peakRssKib = () => Number(/^VmHWM:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]);

// Since the process started.
const startupSeconds = performance.now() / 1000;
const [input, output, rounds = '1'] = process.argv.slice(2);
const data = readFileSync(input);
const seconds = [];
const cpuSeconds = [];
let out;
for (let round = 0; round < Number(rounds); round += 1) {
  const [wall, cpu] = [performance.now(), process.cpuUsage()];
  out = transform(data);
  const { user, system } = process.cpuUsage(cpu);
  cpuSeconds.push((user + system) / 1e6);
  seconds.push((performance.now() - wall) / 1000);
}
writeFileSync(output, out);
const report = {
  tool: 'node',
  version: process.versions.node,
  records: data.reduce((lines, byte) => lines + (byte === LINE_FEED ? 1 : 0), 0),
  seconds,
  cpu_seconds: cpuSeconds,
  startup_seconds: startupSeconds,
  peak_rss_kib: peakRssKib(),
};
console.log(JSON.stringify(report));
