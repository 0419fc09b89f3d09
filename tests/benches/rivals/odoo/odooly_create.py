"""Contacts from a CSV file by Odooly, in batches of 100, as its users write it.

URL, DATABASE and KEY come from the environment, the file is the only argument.
"""

import csv
import os
import sys

import odooly

client = odooly.Client(os.environ["URL"], os.environ["DATABASE"], "admin", api_key=os.environ["KEY"])
partners = client.env["res.partner"]
country = client.env.ref("base.uk").id
with open(sys.argv[1], encoding="utf-8") as file:
    rows = [dict(row) for row in csv.DictReader(file)]
for row in rows:
    del row["id"], row["country_id/id"]
    row["country_id"] = country
for start in range(0, len(rows), 100):
    partners.create(rows[start : start + 100])
