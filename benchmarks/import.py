"""How fast files of articles with attributions come in, and how much memory that takes.

    python -m benchmarks.import [--articles 2000] [--saved 50] [--json]

Runs on a database of its own in a temporary folder, durable as in production, and removes it at
the end. Every article has 23 attributions of 3 spans each, most of them by one of four sources.
What is measured is what `manage.py ingest` does with the file, in a process of its own: with and
without the check of the whole file before, with sentences in the file and without, and with twice
as many articles. Beside it, as a ratio, what one would write without this: each row of the same
articles saved by itself with Django, so many articles as ``--saved`` says. The milliseconds are
processor time for each article, which a busy machine changes less than the clock's. Linux only.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.own_database import own_database

ATTRIBUTIONS = 23
BAR = 400
"""Articles a second, checked as a whole before, whose sentences a worker finds."""
SOURCES = ("Mayor Ada Lindqvist", "Tomás Herrera", "Ruth Okafor", "residents")


def line(number: int, *, sentences: bool) -> str:
    """An article as a line of JSON."""
    text, found, split = f"Report {number}.\n\n", [], []
    for place in range(ATTRIBUTIONS):
        source = SOURCES[(number + place) % len(SOURCES)]
        content = f"“Gate {number * place} has to be closed for the whole of the winter,”"
        start = len(text)
        cue = start + len(content) + 1
        text += f"{content} said {source} on Monday."
        split.append([start, len(text)])
        split.append([len(text) + 1, len(text) + 62])
        text += " The town has looked for money since the flood of last spring.\n\n"
        found.append(
            {
                "source": [[cue + 5, cue + 5 + len(source)]],
                "cue": [[cue, cue + 4]],
                "content": [[start, start + len(content)]],
                "quote_type": "direct",
                "resolved_source": {"name": source, "kind": "person"},
                "status": "approved",
                "confidence": 0.8,
                "origin": "model:test-1",
                "reviewed_by": "ada",
                "reviewed_at": "2026-02-01T08:00:00+00:00",
            }
        )
    record = {"id": f"a-{number}", "title": f"Report {number}", "text": text, "attributions": found}
    return json.dumps(record | ({"sentences": split} if sentences else {}), ensure_ascii=False)


def lines(count: int, *, sentences: bool) -> Iterator[str]:
    """So many articles."""
    return (f"{line(number, sentences=sentences)}\n" for number in range(count))


def bring_in(path: Path, *, partial: bool) -> None:
    """Bring the file in as the command does."""
    from annotations.queue.checking import refusals  # noqa: PLC0415 (needs the settings)
    from annotations.queue.intake import Stored, batches, store  # noqa: PLC0415
    from articles.readers.formats import read_articles  # noqa: PLC0415

    with path.open("rb") as file:
        if not partial:
            for found in refusals(read_articles(file, path.name), None):
                if found:
                    raise RuntimeError(f"line {found[0][0]}: {found[0][1]}")
            file.seek(0)
        with batches(read_articles(file, path.name)) as read:
            for batch in read:
                for number, outcome in store(batch, None, path.name):
                    if not isinstance(outcome, Stored) or not outcome.added:
                        raise RuntimeError(f"line {number}: {outcome}")


def save_each(path: Path) -> None:
    """Save each row by itself."""
    import hashlib  # noqa: PLC0415

    from django.db import transaction  # noqa: PLC0415

    from accordingto.attribution import ROLES  # noqa: PLC0415
    from accordingto.records.article import RecordError, read_records  # noqa: PLC0415
    from annotations.actions import source_registry  # noqa: PLC0415
    from annotations.models import Annotation, Decision, PrelabelRun, Span  # noqa: PLC0415
    from annotations.models.state import state_of  # noqa: PLC0415
    from articles.clock import database_now  # noqa: PLC0415
    from articles.models import Article, Sentence  # noqa: PLC0415

    for _number, record in read_records(path):
        if isinstance(record, RecordError):
            raise record
        with transaction.atomic():
            digest = hashlib.sha256(record.text.encode()).hexdigest()
            article = Article.objects.create(
                key=f"saved-{record.id}",
                title=record.title,
                text=record.text,
                text_sha256=digest,
                folded_sha256=digest,
                status="ready",
            )
            for index, (start, end) in enumerate(record.sentences):
                Sentence.objects.create(article=article, index=index, start=start, end=end)
            now = database_now()
            run = PrelabelRun.objects.create(
                article=article, model_version="test-1", status="succeeded", finished_at=now
            )
            for each in record.attributions:
                named = each.resolved_source
                source = named and (
                    source_registry.find(named.name, named.kind or "", article)
                    or source_registry.create(named.name, named.kind or "", None, article)
                )
                annotation = Annotation.objects.create(
                    article=article,
                    status=each.status,
                    quote_type=each.quote_type,
                    start=each.content[0][0],
                    confidence=each.confidence,
                    run=run,
                    resolved_source=source,
                    reviewer=each.reviewed_by,
                    reviewed_at=each.reviewed_at,
                )
                for role in ROLES:
                    for start, end in getattr(each, role):
                        Span.objects.create(annotation=annotation, role=role, start=start, end=end)
                Decision.objects.create(
                    article=article,
                    annotation=annotation,
                    action="import",
                    by_name="command line",
                    after=state_of(annotation),
                )


def child(what: str, path: Path) -> None:
    """Do one thing, and print how long it took and how much memory."""
    import django  # noqa: PLC0415

    django.setup()
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = Path("/proc") / str(cursor.fetchone()[0]) / "stat"
    began, busy = time.perf_counter(), time.process_time()
    if what == "saved":
        save_each(path)
    else:
        bring_in(path, partial=what == "partial")
    taken = {
        "seconds": time.perf_counter() - began,
        "processor": time.process_time() - busy,
        "database": processor(backend),
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(taken))


def processor(stat: Path) -> float:
    """Seconds of processor that a process has taken: see proc(5)."""
    user, system = stat.read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def measured(what: str, folder: Path, count: int, *, sentences: bool) -> dict[str, float]:
    """One thing done with so many articles in a process of its own, on an empty database."""
    from django.core.management import call_command  # noqa: PLC0415

    path = folder / "articles.jsonl"
    with path.open("w", encoding="utf-8") as file:
        file.writelines(lines(count, sentences=sentences))
    call_command("flush", interactive=False, verbosity=0)
    command = [sys.executable, "-m", "benchmarks.import", "--child", what, "--file", str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found | {"articles": count, "a_second": count / found["seconds"]}


def measure(folder: Path, options: argparse.Namespace) -> dict[str, dict[str, float]]:
    """All figures, by name."""
    count = options.articles
    return {
        "checked whole, without sentences": measured("whole", folder, count, sentences=False),
        "the same, twice as many": measured("whole", folder, 2 * count, sentences=False),
        "checked whole, with sentences": measured("whole", folder, count, sentences=True),
        "line by line, without sentences": measured("partial", folder, count, sentences=False),
        "line by line, with sentences": measured("partial", folder, count, sentences=True),
        "each row saved, without sentences": measured(
            "saved", folder, options.saved, sentences=False
        ),
        "each row saved, with sentences": measured("saved", folder, options.saved, sentences=True),
    }


def report(found: dict[str, dict[str, float]]) -> None:
    """Print the figures for people, with the bar."""
    print(f"{'':<36} articles/s  times saved  ms of Python  ms of database   MB")
    for name, each in found.items():
        kind = "with" if name.endswith("with sentences") else "without"
        ratio = each["a_second"] / found[f"each row saved, {kind} sentences"]["a_second"]
        python, database = (1000 * each[of] / each["articles"] for of in ("processor", "database"))
        print(
            f"{name:<36} {each['a_second']:>10,.0f} {ratio:>12.1f} {python:>13.2f}"
            f" {database:>15.2f} {each['megabytes']:>4,.0f}"
        )
    best = found["checked whole, without sentences"]["a_second"]
    print(f"{'ok' if best >= BAR else 'MISSED'}: at least {BAR} articles/s")


def main() -> None:
    """Start the database, measure, remove everything."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--articles", type=int, default=2000, help="articles of a file (2000)")
    parser.add_argument("--saved", type=int, default=50, help="articles saved row by row (50)")
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    parser.add_argument("--child", choices=("whole", "partial", "saved"), help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child, options.file)
        return
    with own_database() as folder:
        found = measure(folder, options)
    if options.json:
        print(json.dumps(found))
    else:
        report(found)


if __name__ == "__main__":
    main()
