"""What people do with the registers outside the admin: an inspector's yearly declaration of recusals."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from .errors import DomainError
from .forms import NothingForm, RelationForm, known_words
from .models import Inspector
from .sentences import say
from .services import relations
from .states import RelationState

_TOLD = {
    "one": "已申报，今后的抽取即日起回避；已经抽出、派给您的，请告知经办人更换人员。"
    "法制审核后可在本页看到结果。还有的请继续申报。",
    "nothing": "已申报。",
}


@never_cache
def recusals(request):
    """This year's declaration: what stands, one more ground, or that there is nothing to declare."""
    inspector = Inspector.objects.filter(account=request.user, left_on=None).first()
    if inspector is None or not request.user.has_perm("registries.declare_relation"):
        raise Http404
    which = request.POST.get("which")
    nothing = NothingForm(request.POST if which == "nothing" else None)
    one = RelationForm(request.POST if which == "one" else None, bureau=inspector.bureau)
    form = {"nothing": nothing, "one": one}.get(which)
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            relations.declare(inspector, by=request.user, found=form.found() if which == "one" else None)
        except DomainError as refused:
            form.add_error(None, say(refused))
        else:
            messages.success(request, _TOLD[which])
            return redirect("registry:recusals")
    today = timezone.localdate()
    facts = {
        "inspector": inspector,
        "nothing": nothing,
        "one": one,
        "year": today.year,
        "declared": inspector.declarations.filter(year=today.year).order_by("made_at"),
        "standing": relations.standing(inspector).select_related("subject", "ground"),
        "refused": inspector.relations.filter(source="self", status=RelationState.REFUSED).select_related(
            "subject", "ground"
        )[:5],
        "known": known_words(inspector.bureau),
        "enters_admin": request.user.has_perm("registries.enter_admin"),
    }
    return render(request, "desk/recusals.html", facts)
