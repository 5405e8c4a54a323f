"""How many examples a costly property is tried with: all, or a fifth of them in `make test`."""

from hypothesis import settings

settings.register_profile("quick", max_examples=settings().max_examples // 5)


def examples(count: int) -> int:
    """As many, or fewer in the profile "quick"."""
    whole = settings.get_profile("default").max_examples
    return count * settings().max_examples // whole
