"""A campaign of faults against a whole site, while eight people decide in it.

    python -m benchmarks.faults [--rounds 50] [--people 8] [--only WORD] [--json]

The site is a web server with two processes, two workers and a PostgreSQL of its own in a temporary
folder, durable as in production; what ends is started again after half a second, as systemd would.
Eight editors decide without a pause for thought longer than a moment, on attributions of their own
and on some that all share, and send again what had no answer, as the desk does; an admin adds
articles for the workers. After each kind of fault everything settles, and what people were told is
compared with what the database holds. Linux only; the full disk needs root, the steps of the clock
libfaketime (Debian: faketime). Exits with 1 if anything was lost, doubled, stranded or signed by
another.
"""

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import django

from benchmarks.faults.campaign import Fault, faults
from benchmarks.faults.count import count, stranded, waiting
from benchmarks.faults.people import Admin, Editor, Journal, Person
from benchmarks.faults.site import Site
from benchmarks.faults.starts import interrupted_starts

OWN, SHARED = 30, 20  # attributions
CALM_SECONDS = 2.0
"""Before the first fault and after the last: people decide there, too."""
SETTLE_SECONDS = 240.0
STARTS = "Ctrl-C while starting"
SHARED_MEMORY, SHIFTED = Path("/dev/shm"), "*faketime_*"  # noqa: S108 - of libfaketime
MUST_BE_ZERO = ("lost", "doubled", "stranded", "wrong_signer", "unheard")
BODY = "\n\n".join(
    f"“The road over pass {n} stays closed until May,” the county's engineer said on Monday. "
    f"According to the forecast for week {n}, more snow is on its way."
    for n in range(25)
)


def make_article(name: str, attributions: int) -> list[int]:
    """An article that is ready for review; the ids of its attributions."""
    from accordingto.records.article import ArticleRecord, AttributionRecord  # noqa: PLC0415
    from annotations.models import Annotation  # noqa: PLC0415
    from annotations.queue.intake import ingest_record  # noqa: PLC0415 (needs the settings)

    text, found = f"Report {name}.\n\n", []
    for number in range(attributions):
        start = len(text)
        content = f"Gate {number} has to be closed"
        text += f"Ada said {content}.\n\n"
        found.append(
            AttributionRecord(
                source=((start, start + 3),),
                cue=((start + 4, start + 8),),
                content=((start + 9, start + 9 + len(content)),),
                confidence=0.8,
                origin="model:test-1",
            )
        )
    record = ArticleRecord(text=text, title=f"Report {name}", attributions=tuple(found))
    article = ingest_record(record, by=None).article
    return list(Annotation.objects.filter(article=article).values_list("pk", flat=True))


def gather(site: Site, number: int, journal: Journal, crowd: str) -> list[Person]:
    """Editors with an article of their own and a shared one, and an admin."""
    from django.conf import settings  # noqa: PLC0415
    from django.contrib.auth.models import Group, User  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415
    from django.urls import reverse  # noqa: PLC0415

    def sign_in(name: str, group: str) -> str:
        user = User.objects.create_user(name)
        user.groups.add(Group.objects.get(name=group))
        client = Client()
        client.force_login(user)
        return client.cookies[settings.SESSION_COOKIE_NAME].OutputString([])

    shared = make_article(f"of all, {crowd}", SHARED)
    found: list[Person] = []
    for n in range(number):
        name = f"{crowd}-editor-{n}"
        labels = [*make_article(name, OWN), *shared]
        cookie = sign_in(name, "editors")
        found.append(Editor(name, cookie, site.port, journal, annotations=labels))
    name = f"{crowd}-admin"
    cookie, path = sign_in(name, "admins"), reverse("queue:ingest")
    return [*found, Admin(name, cookie, site.port, journal, path=path, body=BODY)]


def settle(admin: Person) -> tuple[int, float]:
    """Wait until no article waits for the pre-labeller, and have the admin try again what it gave
    up: an article that three workers died on waits for a person, who is told so.

    Return how many were given up, and the seconds it took.
    """
    from django.urls import reverse  # noqa: PLC0415

    from articles.models import Article  # noqa: PLC0415 (needs the settings)

    began = time.monotonic()
    _wait(lambda: not waiting())
    given_up = Article.objects.filter(status=Article.Status.FAILED).count()
    if given_up:
        admin.ask("POST", reverse("queue:retry_failed"), {})
        _wait(lambda: not stranded())
    return given_up, time.monotonic() - began


def _wait(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SETTLE_SECONDS
    while not done() and time.monotonic() < deadline:
        time.sleep(1)


def try_fault(site: Site, fault: Fault, people: int, crowd: str) -> dict[str, Any]:
    """Let people decide while it happens, and count."""
    from django.db import connection  # noqa: PLC0415

    connection.close()  # the last fault may have ended it
    journal = Journal()
    everybody = gather(site, people, journal, crowd)
    labels = {label for each in everybody if isinstance(each, Editor) for label in each.annotations}
    connection.close()
    began = time.monotonic()
    for person in everybody:
        person.start()
    time.sleep(CALM_SECONDS)
    for number in range(fault.times):
        fault.happen(site, number)
    time.sleep(CALM_SECONDS)
    for person in everybody:
        person.stopped.set()
    for person in everybody:
        person.join(SETTLE_SECONDS)
    unheard = sum(person.is_alive() for person in everybody)
    given_up, settled = settle(everybody[-1])
    result = asdict(count(journal, labels))
    connection.close()
    return {
        "fault": fault.name,
        "times": fault.times,
        "seconds": round(time.monotonic() - began),
        **result,
        "unheard": unheard,
        "given_up": given_up,
        "longest_wait_s": round(journal.longest_wait, 1),
        "settled_s": round(settled),
        "answers": dict(sorted(journal.answers.items())),
    }


def run(folder: Path, options: argparse.Namespace) -> list[dict[str, Any]]:
    """The whole campaign, on a site of its own."""
    site = Site(folder)
    os.environ["DATABASE_URL"] = site.database.url()
    site.database.start()
    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    results = []
    before = set(SHARED_MEMORY.glob(SHIFTED))
    try:
        call_command("migrate", verbosity=0)
        site.start()
        while not site.answers():
            time.sleep(0.1)
        for number, fault in enumerate(faults(options.rounds)):
            if options.only not in fault.name:
                continue
            if not fault.can(site):
                print(f"{fault.name}: left out, this machine cannot do it", flush=True)
                continue
            results.append(try_fault(site, fault, options.people, f"crowd{number}"))
            report(results[-1])
    finally:
        site.stop()
        site.database.remove()
        for left in set(SHARED_MEMORY.glob(SHIFTED)) - before:  # by what was killed
            left.unlink(missing_ok=True)
    tracebacks = site.tracebacks()
    print(f"started again: {site.restarts}; tracebacks in the site's log: {len(tracebacks)}")
    for line, times in tracebacks.most_common():
        print(f"  {times} x {line}")
    return results


def report(result: dict[str, Any]) -> None:
    """One line for people."""
    told = ", ".join(f"{name} {result[name]}" for name in MUST_BE_ZERO)
    print(
        f"{result['fault']:<28} {result['times']:>3} x in {result['seconds']:>4} s:"
        f" acknowledged {result['acknowledged']:>5}, {told};"
        f" given up and tried again {result['given_up']},"
        f" longest wait {result['longest_wait_s']} s, settled in {result['settled_s']} s"
        f" {result['answers']}",
        flush=True,
    )


def main() -> None:
    """Make everything, run, remove everything."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=50, help="times each part is killed (50)")
    parser.add_argument("--people", type=int, default=8, help="editors who decide (8)")
    parser.add_argument("--only", default="", help="faults with this word in their name")
    parser.add_argument("--keep", action="store_true", help="keep the folder with the logs")
    parser.add_argument("--json", action="store_true", help="print all figures as JSON besides")
    options = parser.parse_args()
    if min(options.rounds, options.people) < 1:
        parser.error("there have to be a round and a person")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    folder = Path(tempfile.mkdtemp(prefix="accordingto-faults-"))
    folder.chmod(0o711)  # the database server's account walks through
    os.environ |= {
        "ACCORDINGTO_DATA": str(folder),
        "ACCORDINGTO_LOCAL": "1",
        "DJANGO_SETTINGS_MODULE": "project.settings",
    }
    results: list[dict[str, Any]] = []
    wrong: list[str] = []
    try:
        if not options.only or options.only not in STARTS:
            results = run(folder, options)
        if options.only in STARTS:
            starts, wrong = interrupted_starts()
            print(f"{STARTS:<28} {starts:>3} x: wrong {len(wrong)}")
            print("\n".join(f"  {each}" for each in wrong))
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
    if options.json:
        print(json.dumps(results))
    if wrong or any(result[name] for result in results for name in MUST_BE_ZERO):
        sys.exit(1)


if __name__ == "__main__":
    main()
