"""The page that says which articles are sampled, and what the samples show."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from annotations.actions import review_policy
from annotations.htmx import HtmxRequest
from annotations.permissions import may_sample
from annotations.queue import sampling
from annotations.queue.forms import PolicyForm, RequireForm, SamplingForm
from annotations.queue.views import back_to_queue, queue_page
from annotations.second_review import automation_bias
from articles.models import Article

PAGE = "annotations/second_review/sampling.html"


@require_http_methods(["GET", "HEAD", "POST"])
@may_sample
def sampling_page(request: HtmxRequest) -> HttpResponse:
    """The shares of new articles; with ``?figures`` also how much the proposals sway people."""
    if request.method == "POST":
        form = SamplingForm(request.POST)
        if not form.is_valid():
            return _page(request, form=form, status=422)
        sampling.set_shares(request.user, **form.cleaned_data)
        messages.success(request, _("Saved. It holds for articles that come in from now on."))
        return redirect("second_review:sampling")
    return _page(request)


@require_POST
@may_sample
def set_policy(request: HtmxRequest) -> HttpResponse:
    """What is allowed at the review desk from now on."""
    form = PolicyForm(request.POST)
    if not form.is_valid():
        return _page(request, policy_form=form, status=422)
    review_policy.set_policy(request.user, **form.cleaned_data)
    messages.success(request, _("Saved. It holds from now on."))
    return redirect("second_review:sampling")


@require_POST
@may_sample
def require_second_review(request: HtmxRequest, pk: int) -> HttpResponse:
    """Have a second person look at the article, or no more."""
    article = get_object_or_404(Article.objects.defer("text"), pk=pk)
    form = RequireForm(request.POST)
    if not form.is_valid():
        error = _("The page sent no valid choice. Nothing was changed.")
        return queue_page(request, error=error, status=400)
    required = form.cleaned_data["required"] == "yes"
    if not sampling.require_second_review(pk, request.user, required=required):
        told = _("“%s” was left as it is: somebody has begun to judge it.")
        messages.warning(request, told % article)
    elif required:
        messages.success(request, _("“%s” will get a second review.") % article)
    else:
        messages.success(request, _("“%s” gets no second review.") % article)
    return back_to_queue(request, pk)


def _page(
    request: HttpRequest,
    form: SamplingForm | None = None,
    policy_form: PolicyForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "form": form or SamplingForm.of(sampling.shares()),
        "policy_form": policy_form or PolicyForm.of(review_policy.current()),
        "figures": automation_bias.measure() if "figures" in request.GET else None,
        "newest": automation_bias.NEWEST,
        "few": automation_bias.FEW,
    }
    return render(request, PAGE, context, status=status)
