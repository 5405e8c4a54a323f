"""What people send about articles: new ones, which is the next, which are sampled."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotations.identifiers import IdField
from annotations.models import ReviewPolicy
from articles.models import Sampling
from articles.readers.formats import READERS


class IngestForm(forms.Form):
    """Either ``text`` (with what is known about it) or ``file``."""

    text = forms.CharField(
        label=_("Text"), required=False, strip=False, widget=forms.Textarea(attrs={"rows": 14})
    )
    title = forms.CharField(label=_("Title"), required=False, max_length=1000)
    outlet = forms.CharField(label=_("Outlet"), required=False, max_length=1000)
    author = forms.CharField(label=_("Author"), required=False, max_length=1000)
    url = forms.URLField(label=_("Address"), required=False, max_length=1000)
    published_at = forms.DateField(
        label=_("Published"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    file = forms.FileField(
        label=_("File"),
        required=False,
        help_text=_("Plain text (.txt) or Article JSONL (.jsonl, .jsonl.gz)."),
        widget=forms.FileInput(attrs={"accept": ",".join(READERS)}),
    )
    partial = forms.BooleanField(
        label=_("Add the valid articles of a file even if others are refused"), required=False
    )

    def clean_text(self) -> str:
        # Browsers send line breaks as CRLF; the text that was pasted had line feeds.
        text: str = self.cleaned_data["text"]
        return text.replace("\r\n", "\n")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if bool(data.get("text", "").strip()) == bool(data.get("file")):
            raise forms.ValidationError(_("Paste a text or choose a file, not both."))
        return data


class AfterForm(forms.Form):
    """The article that the person is done with, where they ask for the next."""

    after = IdField(
        required=False,
        error_messages=dict.fromkeys(
            ("invalid", "min_value", "max_value"),
            _("What was sent is not the number of an article. Nothing was changed."),
        ),
    )


class RequireForm(forms.Form):
    """Whether an article needs a second review."""

    required = forms.ChoiceField(choices=[("yes", _("Yes")), ("no", _("No"))])


class SamplingForm(forms.Form):
    """The shares of new articles, in per cent."""

    blind_percent = forms.IntegerField(
        label=_("Blind samples"),
        min_value=0,
        max_value=100,
        help_text=_(
            "Of every hundred new articles, so many are labelled without seeing the machine's"
            " proposals."
        ),
    )
    second_review_percent = forms.IntegerField(
        label=_("Second reviews"),
        min_value=0,
        max_value=100,
        help_text=_(
            "Of every hundred new articles, so many are labelled by two people who do not see each"
            " other's labels."
        ),
    )

    @classmethod
    def of(cls, sampling: Sampling) -> "SamplingForm":
        """The form filled with the shares as they stand."""
        return cls(
            initial={
                "blind_percent": sampling.blind_percent,
                "second_review_percent": sampling.second_review_percent,
            }
        )


class PolicyForm(forms.Form):
    """What is allowed at the review desk."""

    bulk_allowed = forms.BooleanField(
        label=_("“Approve the rest” is allowed"),
        required=False,
        help_text=_("Bulk approval is not review: nobody has looked at each attribution."),
    )
    bulk_at_most = forms.IntegerField(
        label=_("Limit for approving at once"),
        required=False,
        min_value=1,
        max_value=2**31 - 1,
        help_text=_("Empty: any number."),
    )
    bulk_sample_percent = forms.IntegerField(
        label=_("Individual review first"),
        min_value=0,
        max_value=100,
        help_text=_(
            "Of every hundred proposals, so many are drawn by chance; while one of them awaits its"
            " decision, those that are as sure cannot be approved at once."
        ),
    )
    settle_own = forms.BooleanField(
        label=_("People settle their own disputes"),
        required=False,
        help_text=_(
            "Only where no third person is there to do it: who labelled an article then also"
            " decides whose label stands, or on a third one."
        ),
    )

    @classmethod
    def of(cls, policy: ReviewPolicy) -> "PolicyForm":
        """The form filled with what holds."""
        return cls(initial={name: getattr(policy, name) for name in cls.base_fields})
