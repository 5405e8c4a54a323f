"""The form that corrects or adds an attribution: offsets as the page's selection writes them."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accordingto.attribution import ROLES, Offsets
from accordingto.records.values import shortened
from annotations.actions.flag import FLAG_LENGTH
from annotations.actions.source_registry import NAME_LENGTH
from annotations.desk.cards import chosen_quote_type, written
from annotations.models import Annotation, Source
from annotations.models.state import Spans, spans_of
from articles.models import new_key

KINDS = [("", gettext_lazy("Not known")), *Source.Kind.choices]
PIECE = re.compile(r"(\d{1,9})\s*[-\u2013]\s*(\d{1,9})")


def keep_typed(form: forms.Form, **current: object) -> None:
    """What was sent stays in the form, with the ``current`` values of what stands now: sending it
    again is then a decision on that.
    """
    typed = dict(form.data.items())
    form.data = typed | {name: str(value) for name, value in current.items()}


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


class WordsField(forms.CharField):
    """The words of each role's pieces as the page showed them: JSON, lists of strings by role."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=forms.HiddenInput, strip=False, **kwargs)

    def clean(self, value: Any) -> dict[str, list[str]]:
        try:
            words = json.loads(super().clean(value) or "{}")
        except ValueError:
            words = None
        if not isinstance(words, dict) or not all(
            isinstance(each, list) and all(isinstance(word, str) for word in each)
            for each in words.values()
        ):
            raise forms.ValidationError(_("The page sent no valid words."))
        return words


def _other_words(expected: Sequence[str], shown: Sequence[str]) -> str:
    there = " […] ".join(shortened(each, 200) for each in expected)
    if not shown:
        return _("The article has “%(there)s” there. Save again if that is meant.") % {
            "there": there
        }
    return _(
        "Not saved: the article has “%(there)s” there, and the page showed “%(shown)s”. Save"
        " again if the article's words are meant; if the page shows others, load it again."
    ) % {"there": there, "shown": " […] ".join(shortened(each, 200) for each in shown)}


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
    words = WordsField()
    # The version of the attribution that has these spans already, to make one of the two.
    merge = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1)

    def __init__(self, *args: Any, text: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._text = text

    def clean(self) -> dict[str, Any]:
        """Refuse a piece whose words are not those that the person saw.

        Something may have changed the page under their hands (a translation, an extension), or the
        offsets were typed without sight of the words. The form then carries the text's own words:
        sent again, the person has seen them.
        """
        data = super().clean() or {}
        seen: Mapping[str, Sequence[str]] = data.get("words", {})
        there = {
            role: [self._text[start:end] for start, end in data.get(role, ())] for role in ROLES
        }
        others = False
        for role, expected in there.items():
            pieces = data.get(role, ())
            if role in self.errors or any(not 0 <= s < e <= len(self._text) for s, e in pieces):
                continue  # refused for that
            shown = seen.get(role, ())
            if [each.split() for each in shown] != [each.split() for each in expected]:
                others = True
                self.add_error(role, _other_words(expected, shown))
        if others:
            keep_typed(self, words=json.dumps(there, ensure_ascii=False))
        return data

    @classmethod
    def new(cls) -> "SpansForm":
        """The empty form, with the key of what it will add: sent twice, it adds one."""
        return cls(initial={"key": new_key()})

    @classmethod
    def of(cls, annotation: Annotation) -> "SpansForm":
        """The form filled with an annotation as it stands."""
        spans = spans_of(annotation)
        initial: dict[str, Any] = {role: written(pieces) for role, pieces in spans.items()}
        text = annotation.article.text
        words = {role: [text[start:end] for start, end in pieces] for role, pieces in spans.items()}
        return cls(
            initial=initial
            | {
                # What a person vouched for against the words stays unless they choose anew.
                "quote_type": chosen_quote_type(annotation, text, spans["content"]),
                "version": annotation.version,
                "words": json.dumps(words, ensure_ascii=False),
            }
        )

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
        help_text=gettext_lazy("Leave it empty to remove the flag."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)


class NameForm(forms.Form):
    """A source's name and kind."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=NAME_LENGTH,
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=KINDS, required=False)


class ResolveForm(NameForm):
    """Who the source of an attribution is, by the version that the person saw. An empty name: it
    is not known.
    """

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)
    back = forms.CharField(widget=forms.HiddenInput, max_length=10, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = False
