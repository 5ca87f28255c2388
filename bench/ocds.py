"""Merging OCDS releases beside `ocdsmerge`, the standard's own tool: first the same answers on 1,000 generated histories, compiled
and versioned, then file to file on one larger file by turns, then our memory as the file grows to a gigabyte.

Usage: ocds.py PROGRAM RELEASE-SCHEMA     (`make bench` does all of it; `make proof` stops after the answers: --answers-only)
"""
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import warnings

import jsonref
from ocdsmerge import Merger

HISTORIES = 1_000
TIMED_BYTES = 24_000_000
ROUNDS = 3
MEMORY_BYTES = (100_000_000, 1_000_000_000)
# Few, so that releases of one history often speak of the same thing.
IDS = ("1", "2", "three", 4)
WORDS = ("Foster carers", "Children\u2019s homes", "a \"quoted\" lot", "back\\slash\n", "planned", "active", "")
DEPTH = 6


def types(field):
    said = field.get("type", [])
    return [said] if isinstance(said, str) else said


def value(field, chance, depth):
    """A random value that the schema allows here, `null` and empty ones included."""
    kinds = types(field)
    # On an object that is null at first, ocdsmerge gives up when it makes versions; we do not.
    if "null" in kinds and "object" not in kinds and chance.random() < 0.05:
        return None
    if "object" in kinds:
        return members(field.get("properties", {}), chance, depth + 1)
    if "array" in kinds:
        if chance.random() < 0.05:
            return []
        items = field.get("items", {})
        return [value(items, chance, depth) for _ in range(chance.randint(1, 3))]
    if "boolean" in kinds:
        return chance.random() < 0.5
    if "integer" in kinds or "number" in kinds:
        return chance.choice((0, 3, 1250000, -17, 0.1, 150000000.25, 1e21))
    return chance.choice(WORDS)


def members(properties, chance, depth):
    names = [name for name in properties if depth < DEPTH or "string" in types(properties[name])]
    chosen = chance.sample(names, min(len(names), chance.choice((0, 1, 2, 4, 6))))
    made = {name: value(properties[name], chance, depth) for name in chosen if name != "id"}
    # An item nearly always has its id; one without is always another.
    if "id" in properties and chance.random() < 0.9:
        made["id"] = chance.choice(IDS)
    return made


def history(number, schema, chance):
    ocid = f"ocds-bench-{number:06}"
    releases = []
    for turn in range(chance.randint(1, 8)):
        release = members(schema["properties"], chance, 0)
        # Days come twice, and not in order.
        day = chance.randint(1, 9)
        release.update(ocid=ocid, id=f"{number}-{turn}", date=f"2026-03-{day:02}T09:30:00Z", tag=["tender"])
        releases.append(release)
    return releases


def peer(path, schema, form):
    """The shortest program that does the same with `ocdsmerge`: what `nearhome ocds` is timed against."""
    warnings.simplefilter("ignore")
    merger = Merger(schema)
    merge = merger.create_compiled_release if form == "compile" else merger.create_versioned_release
    name = "compiledRelease" if form == "compile" else "versionedRelease"
    with open(path) as file:
        releases = json.load(file)
    processes = {}
    for release in releases:
        processes.setdefault(release["ocid"], []).append(release)
    for ocid, of_process in processes.items():
        print(json.dumps({"ocid": ocid, name: merge(of_process)}, ensure_ascii=False, separators=(",", ":")))


def run(command, out):
    """Runs a command into a file; gives its seconds and its largest resident memory in MiB."""
    with open(out, "wb") as file:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=file, stderr=subprocess.DEVNULL)
        # What the system counts for a child that has ended includes this process, from which it was forked; so somebody looks
        # at it while it runs, and does not hold up the one who waits for its end.
        largest = []
        watching = threading.Thread(target=watch, args=(process.pid, largest))
        watching.start()
        process.wait()
        seconds = time.perf_counter() - started
        watching.join()
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)} failed")
    return seconds, max(largest, default=0)


def warm(command, out):
    """Runs a command twice and gives the second, so that neither of two pays for the memory and the files the other left."""
    run(command, out)
    return run(command, out)


def watch(process, largest):
    while held := resident(process):
        largest.append(held)
        time.sleep(0.005)


def resident(process):
    """The most that a running process ever held in memory, in MiB."""
    try:
        with open(f"/proc/{process}/status") as status:
            return next((int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM")), 0)
    except OSError:
        return 0


def lines(path):
    with open(path) as file:
        return [json.loads(line) for line in file]


def main():
    program, schema_path = sys.argv[1:3]
    if len(sys.argv) == 5 and sys.argv[3] in ("compile", "versioned"):
        return peer(sys.argv[4], json.load(open(schema_path)), sys.argv[3])
    schema = jsonref.replace_refs(json.load(open(schema_path)))
    chance = random.Random(2026)
    with tempfile.TemporaryDirectory() as folder:
        place = lambda name: os.path.join(folder, name)
        ours = lambda form, path: [program, "ocds", form, path]
        theirs = lambda form, path: [sys.executable, __file__, program, schema_path, form, path]

        releases = [release for number in range(HISTORIES) for release in history(number, schema, chance)]
        # Histories lie in the file as they would in a year's dump: all mixed.
        chance.shuffle(releases)
        text = [json.dumps(release, ensure_ascii=False, separators=(",", ":")) for release in releases]
        with open(place("histories.json"), "w") as file:
            file.write("[" + ",\n".join(text) + "]")
        for form in ("compile", "versioned"):
            run(ours(form, place("histories.json")), place("ours"))
            run(theirs(form, place("histories.json")), place("theirs"))
            one, other = lines(place("ours")), lines(place("theirs"))
            differ = sum(a != b for a, b in zip(one, other)) + abs(len(one) - len(other))
            print(f"ocds {form}: {len(one)} of {HISTORIES} histories ({len(releases)} releases), {differ} differ from ocdsmerge")
            if differ or len(one) != HISTORIES:
                sys.exit(next(f"{a}\n{b}" for a, b in zip(one, other) if a != b))
        if "--answers-only" in sys.argv:
            return None

        size = sum(map(len, text))
        copies = lambda wanted: range(wanted // size + 1)
        with open(place("timed.json"), "w") as file:
            renamed = (line.replace("ocds-bench-", f"ocds-bench-{copy}-") for copy in copies(TIMED_BYTES) for line in text)
            file.write("[" + ",\n".join(renamed) + "]")
        megabytes = os.path.getsize(place("timed.json")) / 1e6
        for form in ("compile", "versioned"):
            turns = [(warm(ours(form, place("timed.json")), place("ours")), warm(theirs(form, place("timed.json")), place("theirs")))
                     for _ in range(ROUNDS)]
            if lines(place("ours")) != lines(place("theirs")):
                sys.exit("the two do not agree: there is no ratio")
            our_seconds, our_memory = (statistics.median(column) for column in zip(*(turn[0] for turn in turns)))
            their_seconds, their_memory = (statistics.median(column) for column in zip(*(turn[1] for turn in turns)))
            print(f"ocds {form}, file to file, {megabytes:.0f} MB: nearhome {our_seconds:.2f} s, {our_memory:.0f} MiB; "
                  f"ocdsmerge {their_seconds:.1f} s, {their_memory:.0f} MiB; ratio {their_seconds / our_seconds:.0f} (target 20)")
        for wanted in MEMORY_BYTES:
            with open(place("large.json"), "w") as file:
                for copy in copies(wanted):
                    file.writelines(line.replace("ocds-bench-", f"ocds-bench-{copy}-") + "\n" for line in text)
            seconds, memory = run(ours("compile", place("large.json")), os.devnull)
            megabytes = os.path.getsize(place("large.json")) / 1e6
            print(f"ocds compile, one release per line, {megabytes:.0f} MB: {seconds:.1f} s, {megabytes / seconds:.0f} MB/s, {memory:.0f} MiB resident")
    return None


main()
