"""The faults, one kind after the other, each while people decide."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.faults.site import Site, clock_of

KILL_PAUSE = 2.0
AWAY_SECONDS = (1, 2, 5, 10, 20, 40, 60)
CLOCK_STEPS = ("+3600s", "-3600s", "+5s", "-5s", "+0s")

_random = random.Random(2)  # noqa: S311 - the same pauses in every campaign


@dataclass(frozen=True)
class Fault:
    """A kind of fault: what is done, and how often."""

    name: str
    times: int
    happen: Callable[[Site, int], None]
    can: Callable[[Site], bool] = lambda _site: True


def _pause() -> None:
    time.sleep(KILL_PAUSE * _random.uniform(0.5, 1.5))


def _kill_web(site: Site, number: int) -> None:
    site.kill_web(all_of_it=number % 2 == 1)
    while not site.answers():
        time.sleep(0.1)
    _pause()


def _kill_worker(site: Site, _number: int) -> None:
    site.kill_worker()
    _pause()


def _kill_database(site: Site, number: int) -> None:
    if number % 2:
        site.database.kill()
        site.database.start()
    else:
        site.database.kill_backend()
    _pause()


def _database_away(site: Site, number: int) -> None:
    site.database.stop()
    time.sleep(AWAY_SECONDS[number % len(AWAY_SECONDS)])
    site.database.start()
    _pause()


def _full_disk(site: Site, _number: int) -> None:
    site.database.fill_disk()
    time.sleep(10)
    site.database.free_disk()
    site.database.start()
    _pause()


def _step_clock(site: Site, number: int) -> None:
    Path(site.clock["FAKETIME_TIMESTAMP_FILE"]).write_text(CLOCK_STEPS[number % len(CLOCK_STEPS)])
    time.sleep(8)


def _cut(site: Site, _number: int) -> None:
    site.network.cut()
    time.sleep(5)
    site.network.restore()
    _pause()


def _hold(site: Site, _number: int) -> None:
    site.network.hold()
    time.sleep(10)
    site.network.restore()
    _pause()


def _slow(site: Site, _number: int) -> None:
    site.network.slow(0.1)
    time.sleep(10)
    site.network.restore()
    _pause()


def _start_twice(site: Site, number: int) -> None:
    """What runs is started once more by mistake, and ended."""
    commands = (["serve", f"--port={site.port}", "--processes=1"], ["worker"], ["migrate"])
    second = site.command(*commands[number % len(commands)])
    time.sleep(8)
    second.terminate()
    second.wait(60)


def faults(rounds: int) -> list[Fault]:
    """The campaign; ``rounds`` is how often each part of the site is killed."""
    few = max(1, rounds // 10)
    return [
        Fault("web server killed", rounds, _kill_web),
        Fault("worker killed", rounds, _kill_worker),
        Fault("PostgreSQL killed", rounds, _kill_database),
        Fault("database away for 1 to 60 s", min(len(AWAY_SECONDS), rounds), _database_away),
        Fault("disk full for 10 s", few, _full_disk, lambda site: site.database.own_disk),
        Fault("network cut for 5 s", few, _cut),
        Fault("network held for 10 s", few, _hold),
        Fault("network slowed by 100 ms", few, _slow),
        Fault("started twice", min(3, rounds), _start_twice),
        Fault("clock stepped", min(len(CLOCK_STEPS), rounds), _step_clock, _shift_clock),
    ]


def _shift_clock(site: Site) -> bool:
    """Start everything again in a time that can be shifted."""
    file = site.folder / "clock"
    file.write_text("+0s")
    file.chmod(0o644)
    clock = clock_of(file)
    if clock is None:
        return False
    site.stop()
    site.database.stop()
    site.clock = site.database.clock = clock
    site.database.start()
    site.start()
    return True
