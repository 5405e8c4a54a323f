"""The form that brings in articles: pasted text, or a file."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from articles.readers import READERS


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
        label=_("Take the good articles of a file even if others are refused"), required=False
    )

    def clean_text(self) -> str:
        # Browsers send line breaks as CRLF; the text that was pasted had line feeds.
        text: str = self.cleaned_data["text"]
        return text.replace("\r\n", "\n")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if bool(data.get("text", "").strip()) == bool(data.get("file")):
            raise forms.ValidationError(_("Paste a text or choose a file, one of the two."))
        return data
