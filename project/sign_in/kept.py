"""A form that could not be taken, kept to be sent again."""

import json
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from project.sign_in.binding import FIELD

LABELS: dict[str, Promise] = {
    "text": _("Text"),
    "title": _("Title"),
    "outlet": _("Outlet"),
    "author": _("Author"),
    "published_at": _("Published"),
    "url": _("Address"),
    "name": _("Name"),
    "names": _("Other names, one a line"),
    "note": _("Note"),
    "source": _("Source"),
    "cue": _("Cue"),
    "content": _("Content"),
}
"""What people type, by the name of its field: shown, while other fields travel along unseen."""
LEFT_OUT = {FIELD, "csrfmiddlewaretoken"}


@dataclass(frozen=True, slots=True)
class TypedField:
    """A field to show: ``long`` text gets several lines."""

    name: str
    label: Promise
    value: str

    @property
    def long(self) -> bool:
        return len(self.value) > 80 or "\n" in self.value


@dataclass(frozen=True, slots=True)
class KeptForm:
    """Where a form was sent, what was in it, and whose page it stood on (``person_token``).

    Passwords and files are not kept; ``files`` has the names of the file fields and of the files
    that have to be chosen again.
    """

    address: str
    person: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    files: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def of(cls, request: HttpRequest) -> "KeptForm":
        """The form that a request brought."""
        return cls(
            address=request.get_full_path(),
            person=request.POST.get(FIELD, ""),
            fields=[
                (name, value)
                for name, values in request.POST.lists()
                for value in values
                if name not in LEFT_OUT and "password" not in name
            ],
            files=[
                (name, upload.name or "")
                for name, uploads in request.FILES.lists()
                for upload in uploads
            ],
        )

    @classmethod
    def read(cls, packed: str) -> "KeptForm | None":
        """What ``packed`` wrote; None for anything else, or an address that leads elsewhere."""
        try:
            values = json.loads(packed)
            address, person = values["address"], values["person"]
            fields = [(name, value) for name, value in values["fields"]]
            files = [(name, value) for name, value in values["files"]]
        except (ValueError, TypeError, KeyError):
            return None
        strings = [address, person, *(each for pair in fields + files for each in pair)]
        if not all(isinstance(each, str) for each in strings):
            return None
        inside = url_has_allowed_host_and_scheme(address, allowed_hosts=None)
        return cls(address, person, fields, files) if inside else None

    @property
    def packed(self) -> str:
        """The whole in one string, to travel in a field through the sign-in."""
        return json.dumps(
            {
                "address": self.address,
                "person": self.person,
                "fields": self.fields,
                "files": self.files,
            }
        )

    @property
    def typed(self) -> list[TypedField]:
        return [
            TypedField(name, LABELS[name], value)
            for name, value in self.fields
            if name in LABELS and value
        ]

    @property
    def unseen(self) -> list[tuple[str, str]]:
        return [(name, value) for name, value in self.fields if name not in LABELS]


def is_from_own_page(request: HttpRequest) -> bool:
    """Whether the browser says that the form stood on a page of this site.

    Only then is it given back: another site must not have somebody send what it wrote.
    """
    sent_from = request.headers.get("Origin") or request.headers.get("Referer", "")
    own = urlsplit(request.build_absolute_uri("/"))
    page = urlsplit(sent_from)
    return (page.scheme, page.netloc) == (own.scheme, own.netloc)
