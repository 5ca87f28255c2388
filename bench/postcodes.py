"""The peer of `crates/service/benches/postcodes.rs`: the same places in an SQLite table, found by its primary key, in the same
order. SQLite is what a council's own tools would use. Usage: postcodes.py LIST OUTPUT-OF-OURS
"""
import csv
import os
import sqlite3
import sys
import tempfile
import time

LOOKUPS, STEP = 200_000, 1_000_003

rows = [(postcode, int(easting), int(northing), council) for postcode, easting, northing, council in csv.reader(open(sys.argv[1]))]
wanted = [(rows[turn * STEP % len(rows)][0],) for turn in range(LOOKUPS)]
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "places.sqlite")
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE place (postcode TEXT PRIMARY KEY, easting INTEGER, northing INTEGER, council TEXT) WITHOUT ROWID")
    database.executemany("INSERT INTO place VALUES (?, ?, ?, ?)", rows)
    database.commit()
    find, found, total = database.cursor(), 0, 0
    started = time.perf_counter_ns()
    for key in wanted:
        for easting, northing, _ in find.execute("SELECT easting, northing, council FROM place WHERE postcode = ?", key):
            found, total = found + 1, total + easting + northing
    peer = (time.perf_counter_ns() - started) // LOOKUPS
    size = os.path.getsize(path)

equal, ours = open(sys.argv[2]).read().splitlines()[-2:]
if equal != f"equal {found} found, sum of coordinates {total}":
    sys.exit(f"the two do not agree: {equal}; the peer found {found}, {total}")
nanoseconds, kib = int(ours.split()[1]), int(ours.split()[5])
print(equal)
print(f"postcodes  nearhome {nanoseconds / 1000:.2f} us a lookup, {kib / 1024:.1f} MiB resident (targets 10 us, 64 MiB); "
      f"SQLite {sqlite3.sqlite_version} by primary key, through Python, {peer / 1000:.2f} us, file {size / 2**20:.0f} MiB")
print(f"ratio      {peer / nanoseconds:.1f} times as quick as the peer")
