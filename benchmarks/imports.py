"""How fast a list is taken in, beside the barest tools that put a CSV file into SQLite.

`python -m benchmarks.imports [--rows N] [--rounds N] [--json]` writes a file of N people with all
our columns, in random order of address, and in turns runs `outreach supporters import`,
`sqlite3 .import` into a table without a key, and `sqlite-utils insert --csv`: each as a whole
command, into an empty database. sqlite-utils gets the first tenth of the file, and rates are
compared. Ratios are of the medians; memory is ours at its highest.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

from outreach.workflow.workspace import create_workspace

COLUMNS = (
    *("email", "given_name", "family_name", "country", "language", "timezone", "joined", "tags"),
    *("consent", "consent_ground", "tracking", "safety"),
)
GIVEN = ("Amina", "José", "Chloé", "Jürgen", "Ngozi", "Иван", "محمد", "小明", "Kwame", "Fatou", "")
FAMILY = ("Diop", "García", "O'Neill", "Kowalski", "Okafor", "Петров", "العربي", "王", "Mensah")
PLACES = (
    *(("CD", "fr"), ("TG", "fr"), ("SN", "fr"), ("FR", "fr"), ("DE", "de"), ("GB", "en")),
    *(("US", "en"), ("NG", "en"), ("GH", "en"), ("PL", "pl"), ("MX", "es"), ("ES", "es")),
    *(("BR", "pt-BR"), ("IN", "en"), ("JP", "ja"), ("EG", "ar")),
)
TAGS = ("write-for-rights-2013", "urgent-action", "volunteer", "donor", "student", "teacher")
HOSTS = ("example.org", "mail.example.com", "post.example.net")
OURS = "from outreach.cli import main; main()"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    figures = measure(asked.rows, asked.rounds)
    if asked.json:
        json.dump(figures, sys.stdout, indent=2)
        print()
    else:
        for name, value in figures.items():
            print(f"{name:28} {value:>12,}")


def measure(rows: int, rounds: int) -> dict[str, float]:
    """Give rows a second, the two ratios of them, and the peak of memory in MB."""
    ours: list[float] = []
    plain: list[float] = []
    utils: list[float] = []
    peak = 0.0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write(folder / "people.csv", rows)
        _write_start(folder / "people.csv", folder / "tenth.csv", rows // 10)
        for _ in range(rounds):
            seconds, memory = _ours(folder, "people.csv")
            ours.append(rows / seconds)
            peak = max(peak, memory)
            plain.append(rows / _sqlite3(folder, "people.csv"))
            utils.append((rows // 10) / _sqlite_utils(folder, "tenth.csv"))
    rate = {"ours": ours, "sqlite3_import": plain, "sqlite_utils": utils}
    median = {tool: statistics.median(rates) for tool, rates in rate.items()}
    return {
        "rows": rows,
        **{f"{tool}_rows_a_second": round(value) for tool, value in median.items()},
        "import_vs_sqlite3_import": round(median["ours"] / median["sqlite3_import"], 3),
        "import_vs_sqlite_utils": round(median["ours"] / median["sqlite_utils"], 1),
        "peak_mb": round(peak),
    }


def _ours(folder: Path, file: str) -> tuple[float, float]:
    shutil.rmtree(folder / "workspace", ignore_errors=True)
    create_workspace(folder / "workspace")
    command = [sys.executable, "-c", OURS, "supporters", "import", "--workspace", "workspace", file]
    return _run(command, folder)


def _sqlite3(folder: Path, file: str) -> float:
    (folder / "plain.db").unlink(missing_ok=True)
    return _run(["sqlite3", "plain.db", f".import --csv {file} people"], folder)[0]


def _sqlite_utils(folder: Path, file: str) -> float:
    (folder / "utils.db").unlink(missing_ok=True)
    command = [sys.executable, "-m", "sqlite_utils", "insert", "utils.db", "people", file, "--csv"]
    return _run(command, folder)[0]


def _run(command: list[str], folder: Path) -> tuple[float, float]:
    """Run a command; give its seconds, and the highest MB that it took."""
    started = time.perf_counter()
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - started
    if process.returncode:
        raise SystemExit(f"{command[0]} failed with {process.returncode}")
    # Linux counts in KiB, macOS in bytes
    return seconds, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6


def _write(path: Path, rows: int) -> None:
    chance = random.Random(2014)
    numbers = list(range(rows))
    chance.shuffle(numbers)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(_person(chance, number) for number in numbers)


def _person(chance: random.Random, number: int) -> list[str]:
    country, language = chance.choice(PLACES)
    first = chance.choice("abcdefghijklmnopqrstuvwxyz")
    year, month, day = chance.randint(1998, 2014), chance.randint(1, 12), chance.randint(1, 28)
    return [
        f"{first}{number:07d}.{chance.choice(('smith', 'diop', 'garcia'))}@{chance.choice(HOSTS)}",
        chance.choice(GIVEN),
        chance.choice(FAMILY),
        country,
        language if chance.random() < 0.8 else "",
        "Africa/Dakar" if chance.random() < 0.2 else "",
        f"{year}-{month:02d}-{day:02d}",
        ";".join(chance.sample(TAGS, chance.randint(0, 2))),
        chance.choice(("granted", "granted", "granted", "unknown", "denied")),
        chance.choice(("", "petition of 2013", "asked at a stall")),
        chance.choice(("granted", "unknown", "denied")),
        "discreet" if chance.random() < 0.02 else "standard",
    ]


def _write_start(path: Path, start: Path, rows: int) -> None:
    with path.open(encoding="utf-8", newline="") as file, start.open("w", encoding="utf-8") as out:
        out.writelines(islice(file, rows + 1))


if __name__ == "__main__":
    main()
