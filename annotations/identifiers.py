"""Ids of rows, as addresses and forms carry them."""

from typing import Any

from django import forms

BIGGEST = 2**63 - 1


class IdField(forms.IntegerField):
    """The id of a row."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=BIGGEST, **kwargs)


class IdsField(forms.TypedMultipleChoiceField):
    """The ids of any number of rows; whether they are there is not for the form to say."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(coerce=IdField().clean, **kwargs)

    def valid_value(self, value: object) -> bool:
        """Whether a value can be an id at all: ``coerce`` refuses it else."""
        return True


class PageForm(forms.Form):
    """Where a page of a list goes on: ``?after=ID`` or ``?before=ID``."""

    after = IdField(required=False)
    before = IdField(required=False)

    def place(self, name: str) -> int | None:
        """The id that the page goes on from; None where the address carries none."""
        self.full_clean()
        found: int | None = self.cleaned_data.get(name)
        return found
