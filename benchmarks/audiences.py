"""Print how fast customers are normalised and hashed, against Meta's SDK and a bare loop.

    python benchmarks/audiences.py [ROWS] [CSV_ROWS]

Each way runs in a process of its own on one core, in turns, so that memory is its own and a slow moment hits each
alike. Rows are made before the clock runs: 100,000 different ones, walked through again and again. "six" are e-mail,
phone, first and last name, city, country, with names and cities as often repeated as in real lists; "unlike" the same
with no name or city twice. "csv" is a file with e-mail and phone, read, hashed and written as JSON bodies of 10,000
rows; "sent" the same file uploaded, with a journal, to a local server in another process that reads every byte and
answers; "csv six" and "sent six" a file of those six.
"""

from __future__ import annotations

import csv
import hashlib
import json
import random
import resource
import socketserver
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain, islice, repeat
from pathlib import Path

SIX = ["EMAIL", "PHONE", "FN", "LN", "CT", "COUNTRY"]
HEADER = ["E-Mail", "Phone Number", "First name", "Last name", "City", "Country"]
DIFFERENT = 100_000
ROUNDS = 3
FLOORS = {"six": 3.0, "email": 0.8}
"""Ratios that must hold, to the SDK and to a bare loop."""
RATE, MEMORY = 200_000, 150.0
"""Rows a second and MB at most, for files."""
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def names(count: int, least: int, most: int) -> list[str]:
    """Return invented names; one in twenty has an accent, one in thirty a mark."""
    made = []
    for n in range(count):
        name = "".join(random.choices(LETTERS, k=random.randint(least, most))).capitalize()
        made.append(name + "é" if n % 20 == 0 else name[:3] + "-" + name[3:] if n % 30 == 0 else name)
    return made


def people(unlike: bool = False) -> list[list[str]]:
    """Return customers as an export has them: mixed case, marks in numbers, one cell in fifty empty."""
    random.seed(7)
    firsts, lasts, cities = names(2_000, 3, 8), names(20_000, 4, 10), names(3_000, 4, 12)
    if unlike:
        firsts, lasts, cities = (
            [f"{name}{LETTERS[n % 26]}" for n, name in enumerate(names(DIFFERENT, 9, 12))] for _ in "abc"
        )
    pick: Callable[[list[str], int], str] = (
        (lambda pool, n: pool[n]) if unlike else (lambda pool, _: random.choice(pool))
    )
    rows = []
    for n in range(DIFFERENT):
        first, last = pick(firsts, n), pick(lasts, n)
        phone = f"+1 {random.randint(201, 989)}-{random.randint(200, 999)}-{random.randint(0, 9999):04}"
        row = [f"{LETTERS[n % 26]}.Smith{n}@Mail{n % 500}.example.com", phone, first, last, pick(cities, n), "US"]
        row[5] = random.choice(("US", "US", "DE", "GB", "FR"))
        if n % 8 == 0:
            row[random.randrange(6)] = ""
        rows.append(row)
    return rows


def walked(rows: list[list[str]], count: int) -> Iterator[list[str]]:
    """Walk through rows again and again, up to a count."""
    return islice(chain.from_iterable(repeat(rows)), count)


def ours(rows: Iterable[object], schema: object) -> int:
    from admonster_fb.audience_data import batches

    return sum(batch.rows for batch in batches(rows, schema))


def sdk(rows: Iterable[object], schema: object) -> int:
    from facebook_business.adobjects.customaudience import CustomAudience

    return len(CustomAudience.format_params(schema, rows, is_raw=True)["payload"]["data"])


def bare(rows: Iterable[str], _: object) -> int:
    return len([hashlib.sha256(x.strip().lower().encode()).hexdigest() for x in rows])


def from_file(path: str, _: object) -> int:
    from admonster_fb.audience_data import batches

    return sum(batch.rows for batch in batches(path) if batch.json())


def sent(told: str, _: object) -> int:
    from admonster_fb import FacebookAds, Settings

    path, url = told.split()
    with FacebookAds("sandbox-benchmark", settings=Settings(endpoint=url)) as fb:
        done = fb.audience_users.add("1", path, journal=f"{path}.upload")
    assert done.received == done.report["sent"]
    return int(done.report["rows"])


class Server(socketserver.StreamRequestHandler):
    """Reads batches and answers how many rows they held; what is in them goes nowhere."""

    def handle(self) -> None:
        while self.rfile.readline():
            length = 0
            while (line := self.rfile.readline()) not in (b"\r\n", b""):
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            rows, left, tail = 0, length, b""
            while left:
                block = tail + self.rfile.read(min(left, 1 << 16))
                left -= len(block) - len(tail)
                rows += block.count(b"],[")
                tail = block[-2:]
            answer = b'{"audience_id":"1","num_received":%d,"num_invalid_entries":0}' % (rows + 1)
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(answer), answer))


@contextmanager
def served() -> Iterator[str]:
    """Serve from a process of its own."""
    with subprocess.Popen([sys.executable, __file__, "--serve"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def serve() -> None:
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Server)
    server.daemon_threads = True
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()


def mails(count: int) -> list[str]:
    return [f" Mary.Smith{n}@Example{n % 97}.com"[n % 10 > 0 :] for n in range(count)]


WAYS: dict[str, tuple[Callable[..., int], Callable[[int], Iterable[object]], object]] = {
    "our six": (ours, lambda count: walked(people(), count), SIX),
    "sdk six": (sdk, lambda count: walked(people(), count), SIX),
    "our unlike": (ours, lambda count: walked(people(True), count), SIX),
    "sdk unlike": (sdk, lambda count: walked(people(True), count), SIX),
    "our email": (ours, mails, "EMAIL"),
    "bare email": (bare, mails, "EMAIL"),
}


def one(way: str, count: int, path: str) -> None:
    """Run one way in this process; print rows a second and the most memory, in MB."""
    file = sent if way.startswith("sent") else from_file
    run, make, schema = WAYS.get(way, (file, lambda _: path, None))
    given = make(count)
    warm = sdk if run is sdk else ours
    warm([["a@b.example", "+15559876543", "a", "b", "c", "US"]], SIX)  # imports are not counted
    began = time.perf_counter()
    got = run(given, schema)
    took = time.perf_counter() - began
    assert got == count, f"{way}: {got} of {count}"
    print(json.dumps([count / took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))


def measured(way: str, count: int, path: str = "") -> tuple[float, float]:
    command = [sys.executable, __file__, "--one", way, str(count), path]
    rate, memory = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    return rate, memory


def written(folder: str, count: int, width: int) -> str:
    """Write a file of customers; return its path."""
    path = Path(folder) / f"customers-{width}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER[:width])
        writer.writerows(row[:width] for row in walked(people(), count))
    return str(path)


def compare(count: int, csv_count: int) -> bool:
    """Print all; tell whether every figure is where it has to be."""
    runs = [{way: measured(way, count) for way in WAYS} for _ in range(ROUNDS)]
    rates = {way: statistics.median(run[way][0] for run in runs) for way in WAYS}
    memory = {way: max(run[way][1] for run in runs) for way in WAYS}
    for way in WAYS:
        print(f"{way:12} {rates[way]:12,.0f} rows/s {memory[way]:8.0f} MB")
    ratios = {kind: rates[f"our {kind}"] / rates[f"{base} {kind}"] for base, kind in map(str.split, list(WAYS)[1::2])}
    for kind, ratio in ratios.items():
        print(f"{ratio:6.2f} x {'the bare loop' if kind == 'email' else 'the SDK'}: {kind}")
    good = all(ratios[kind] >= floor for kind, floor in FLOORS.items())
    with tempfile.TemporaryDirectory() as folder, served() as url:
        for way, width in (("csv", 2), ("sent", 2), ("csv six", 6), ("sent six", 6)):
            path = written(folder, csv_count, width)
            rate, most = measured(way, csv_count, f"{path} {url}" if way.startswith("sent") else path)
            print(f"{way:12} {rate:12,.0f} rows/s {most:8.0f} MB  {csv_count:,} rows: {', '.join(HEADER[:width])}")
            good = good and most < MEMORY and (rate >= RATE or width == 6)
    return good


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve()
    elif sys.argv[1:2] == ["--one"]:
        one(sys.argv[2], int(sys.argv[3]), sys.argv[4])
    else:
        given = [int(each.replace("_", "")) for each in sys.argv[1:]]
        sys.exit(not compare(*(given + [1_000_000, 5_000_000][len(given) :])))
