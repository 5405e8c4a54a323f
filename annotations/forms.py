"""The form that corrects or adds an attribution: offsets as the page's selection writes them."""

import re
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotations.attribution.quotes import quote_type
from annotations.attribution.types import ROLES, Offsets
from annotations.deciding import Spans, spans_of
from annotations.models import Annotation
from annotations.review import FLAG_LENGTH
from articles.models import new_key

PIECE = re.compile(r"(\d{1,9})\s*[-\u2013]\s*(\d{1,9})")


def keep_typed(form: forms.Form, sent: QueryDict, **current: int) -> None:
    """What was sent stays in the form, with the ``current`` numbers of what stands now: sending it
    again is then a decision on that.
    """
    typed = sent.copy()
    for name, number in current.items():
        typed[name] = str(number)
    form.data = typed


class PiecesField(forms.CharField):
    """Pieces of a role, written ``12-20, 34-41`` (code points of the text, end exclusive)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=4000, **kwargs)

    def clean(self, value: Any) -> tuple[Offsets, ...]:
        text = super().clean(value)
        pieces = []
        for part in filter(None, (part.strip() for part in text.split(","))):
            if not (match := PIECE.fullmatch(part)):
                raise forms.ValidationError(
                    _("“%(part)s” is not a start and an end, as in 12-20."),
                    params={"part": part[:40]},
                )
            pieces.append((int(match[1]), int(match[2])))
        return tuple(sorted(pieces))


class SpansForm(forms.Form):
    """Spans and quote type of one attribution, and the version that the person saw."""

    source = PiecesField(label=gettext_lazy("Source"))
    cue = PiecesField(label=gettext_lazy("Cue"))
    content = PiecesField(label=gettext_lazy("Content"))
    quote_type = forms.ChoiceField(
        label=gettext_lazy("Quote type"),
        choices=[("", gettext_lazy("From the words")), *Annotation.QuoteType.choices],
        required=False,
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, initial=0)
    key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=36)

    @classmethod
    def new(cls) -> "SpansForm":
        """The empty form, with the key of what it will add: sent twice, it adds one."""
        return cls(initial={"key": new_key()})

    @classmethod
    def of(cls, annotation: Annotation) -> "SpansForm":
        """The form filled with an annotation as it stands."""
        spans = spans_of(annotation)
        initial: dict[str, Any] = {
            role: ", ".join(f"{start}-{end}" for start, end in pieces)
            for role, pieces in spans.items()
        }
        content = [(start, end) for start, end in spans["content"]]
        by_words = quote_type(annotation.article.text, content)
        # What a person vouched for against the words stays unless they choose anew.
        chosen = annotation.quote_type if annotation.reviewer else ""
        initial["quote_type"] = "" if chosen == by_words else chosen
        return cls(initial=initial | {"version": annotation.version})

    @property
    def role_fields(self) -> list[forms.BoundField]:
        return [self[role] for role in ROLES]

    @property
    def spans(self) -> Spans:
        """The cleaned pieces of each role."""
        return {role: self.cleaned_data[role] for role in ROLES}


class FlagForm(forms.Form):
    """A note for a colleague; an empty one takes the flag away."""

    note = forms.CharField(
        label=gettext_lazy("What should a colleague look at?"),
        required=False,
        max_length=FLAG_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Empty takes the flag away."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)
