"""Contacts from a CSV file by OdooRPC, in batches of 100, as its users write it.

URL, DATABASE and KEY come from the environment, the file is the only argument.
"""

import csv
import os
import sys
from urllib.parse import urlsplit

import odoorpc

url = urlsplit(os.environ["URL"])
odoo = odoorpc.ODOO(url.hostname, port=url.port, timeout=600)
odoo.login(os.environ["DATABASE"], "admin", os.environ["KEY"])
country = odoo.env.ref("base.uk").id
with open(sys.argv[1], encoding="utf-8") as file:
    rows = [dict(row) for row in csv.DictReader(file)]
for row in rows:
    del row["id"], row["country_id/id"]
    row["country_id"] = country
for start in range(0, len(rows), 100):
    odoo.execute("res.partner", "create", rows[start : start + 100])
