"""Reading ahead: a thread reads on while what was read before is being worked on."""

from collections.abc import Generator, Iterator
from queue import Queue
from threading import Event, Thread

ITEMS = 2
"""What is held in memory beside what is being worked on."""


def ahead[T](items: Iterator[T]) -> Generator[T]:
    """The items, read by a thread of its own, which must not need the database.

    What reading raises is raised here. Closing this iterator ends the thread.
    """
    read: Queue[tuple[T] | BaseException | None] = Queue(ITEMS)
    stopped = Event()

    def work() -> None:
        try:
            for item in items:
                read.put((item,))
                if stopped.is_set():
                    return
            read.put(None)
        except BaseException as error:  # whatever it is, it belongs to who waits for the items
            read.put(error)

    thread = Thread(target=work, name="reading ahead", daemon=True)
    thread.start()
    try:
        while (item := read.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item[0]
    finally:
        stopped.set()
        while thread.is_alive():
            while not read.empty():
                read.get_nowait()
            thread.join(0.01)
