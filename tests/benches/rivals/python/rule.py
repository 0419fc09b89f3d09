"""The rule in Python, with nothing but its standard library.

Keeps the rivals' protocol: rule.py INPUT OUTPUT [ROUNDS]
"""

import io
import json
import platform
import sys
from datetime import date
from time import perf_counter, process_time

# Made once: `json.dumps` makes one a call when it is given separators.
encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode
decode = json.JSONDecoder().decode

REJECTED = {
    "rejected": {
        "code": "no-name",
        "field": "patient.first_name",
        "message": "neither first nor last name is filled",
    }
}


def trimmed(text):
    """The text without white space around it; None where nothing is left."""
    return text.strip() or None if text else None


def day(text):
    """The text where it is a day of the calendar, written `2024-02-29`."""
    # `fromisoformat` takes `20240229` and `2024-W09-4` too.
    if not text or len(text) != 10 or text[4] != "-" or text[7] != "-":
        return None
    try:
        date.fromisoformat(text)
    except ValueError:
        return None
    return text


def partner(patient):
    """The rule."""
    get = patient.get
    first, last = trimmed(get("first_name")), trimmed(get("last_name"))
    name = f"{first} {last}" if first and last else first or last
    if not name:
        return REJECTED
    title = trimmed(get("title"))
    email = trimmed(get("email_address"))
    mobile, home = trimmed(get("mobile_phone")), trimmed(get("home_phone"))
    active, dentist = get("active"), get("dentist_id")
    key = str(patient["id"])
    fields = {
        "x_source_id": key,
        "name": f"{title} {name}" if title else name,
        "email": email.lower() if email else None,
        "phone": mobile or home,
        "x_mobile": mobile if home else None,
        "street": trimmed(get("address_line_1")),
        "street2": trimmed(get("address_line_2")),
        "city": trimmed(get("town")),
        "zip": trimmed(get("postcode")),
        "x_county": trimmed(get("county")),
        "active": True if active is None else active,
        "x_date_of_birth": day(get("date_of_birth")),
        "x_preferred_name": trimmed(get("preferred_name")),
        "x_medical_alert": trimmed(get("medical_alert_text")),
        "user_id": None if dentist is None else {"source": f"practitioner/{dentist}"},
    }
    upsert = {"model": "res.partner", "key": f"patient/{key}", "fields": fields}
    return {"upserts": [upsert], "findings": [], "handovers": []}


def transform(data):
    """JSON lines in, JSON lines out."""
    lines = [encode(partner(decode(line.decode()))) for line in io.BytesIO(data)]
    lines.append("")
    return "\n".join(lines).encode()


def peak_rss_kib():
    """From `/proc`, not `getrusage`: the latter starts at the size of the process that forked this one."""
    with open("/proc/self/status", encoding="utf-8") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))


def main():
    """The protocol."""
    # Processor time, because a process can't tell its own start on the clock to less than 10 ms.
    startup_seconds = process_time()
    source, target = sys.argv[1:3]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    with open(source, "rb") as file:
        data = file.read()
    seconds, cpu_seconds = [], []
    for _ in range(rounds):
        wall, cpu = perf_counter(), process_time()
        out = transform(data)
        cpu_seconds.append(process_time() - cpu)
        seconds.append(perf_counter() - wall)
    with open(target, "wb") as file:
        file.write(out)
    report = {
        "tool": "python",
        "version": platform.python_version(),
        "records": data.count(b"\n"),
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "startup_seconds": startup_seconds,
        "peak_rss_kib": peak_rss_kib(),
    }
    print(json.dumps(report))


main()
