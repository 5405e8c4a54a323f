"""Export in the browser: a page that asks what, and the streamed file."""

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from annotations.export.approved import Filters, approved, approved_records
from annotations.export.formats import FORMATS
from annotations.export.signals import exported
from annotations.permissions import may_export
from articles.clock import database_now


class FilterForm(forms.Form):
    """Which approved annotations to export."""

    outlet = forms.CharField(label=_("Outlet"), required=False, max_length=1000)
    reviewer = forms.CharField(label=_("Approved by"), required=False, max_length=1000)
    reviewed_from = forms.DateField(
        label=_("Approved from"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    reviewed_to = forms.DateField(
        label=_("Approved until"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    @property
    def filters(self) -> Filters:
        return Filters(**self.cleaned_data)


@require_GET
@may_export
def export_page(request: HttpRequest) -> HttpResponse:
    """How many annotations the filters let through, and a button for each format."""
    form = FilterForm(request.GET)
    count = approved(form.filters).count() if form.is_valid() else None
    context = {"form": form, "count": count, "formats": FORMATS, "query": request.GET.urlencode()}
    return render(
        request, "annotations/export/page.html", context, status=200 if count is not None else 422
    )


@require_GET
@may_export
def download(request: HttpRequest, format: str) -> HttpResponseBase:  # noqa: A002 - the URL's word
    """The approved annotations as a file."""
    form = FilterForm(request.GET)
    if format not in FORMATS or not form.is_valid():
        raise Http404
    write, media_type = FORMATS[format]
    exported.send(__name__, request=request, format=format, filters=form.filters)
    name = f"accordingto-{timezone.localdate(database_now()).isoformat()}.{format}"
    return StreamingHttpResponse(
        write(approved_records(form.filters)),
        content_type=media_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
