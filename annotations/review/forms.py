"""What the page of an article sends, apart from labels."""

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotations.identifiers import BIGGEST, IdField

VERSION = re.compile(r"([0-9]{1,18}):([0-9]{1,9})")


class VersionForm(forms.Form):
    """The version of the annotation that the person decided on."""

    version = forms.IntegerField(min_value=1, max_value=2**31 - 1)


class RevertForm(VersionForm):
    """And the decision to go back to: how it left the annotation, or found it."""

    decision = IdField()
    before = forms.BooleanField(required=False)


class SentenceForm(forms.Form):
    """The sentence that holds no attribution, by where it starts."""

    start = forms.IntegerField()


class PlaceForm(forms.Form):
    """Places in the text: of the part to show, or where a part ends."""

    at = forms.IntegerField(required=False, min_value=0, max_value=BIGGEST)
    end = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1)

    @classmethod
    def place(cls, asked: Mapping[str, Any], name: str) -> int | None:
        """The place of that name; None where the address has none."""
        form = cls(asked)
        form.full_clean()
        found: int | None = form.cleaned_data.get(name)
        return found


class AboveForm(forms.Form):
    """From which confidence on the rest is approved, in per cent."""

    above = forms.IntegerField(
        label=gettext_lazy("Confidence of at least, in per cent"),
        min_value=0,
        max_value=100,
    )


class ListedField(forms.CharField):
    """The annotations and versions of a list that the person was shown, ``id:version,…``: a form
    may have only so many fields.
    """

    def clean(self, value: str | None) -> dict[int, int]:
        versions: dict[int, int] = {}
        for each in filter(None, (value or "").split(",")):
            match = VERSION.fullmatch(each)
            if match is None or int(match[1]) in versions:
                raise ValidationError(_("The page sent something other than attributions."))
            versions[int(match[1])] = int(match[2])
        if not versions:
            raise ValidationError(_("There is nothing to approve."))
        return versions


class ListedForm(forms.Form):
    """What is to be approved at once."""

    annotations = ListedField()


class PulseForm(forms.Form):
    """The latest decision the page knows of, and those that it made itself since and has the cards
    of: ``known`` is "id:version,…".
    """

    since = forms.IntegerField(min_value=0, max_value=BIGGEST)
    known = forms.CharField(required=False, max_length=10_000)


class PressForm(forms.Form):
    """Names the press of a key: sent twice, it counts once."""

    press = forms.UUIDField(required=False)
