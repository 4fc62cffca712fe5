"""All the check notices of a round as one PDF: asked for here, made in the background, fetched
where its progress is shown."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse

from inspections.models import Task
from inspections.papers import binding
from inspections.sentences import say
from registries.errors import DomainError


def page(request, pk):
    """A POST asks for them; a GET leads to the round, which has the button."""
    task = get_object_or_404(Task, pk=pk, bureau=request.user.bureau_id)
    if not request.user.has_perm("inspections.issue_document"):
        raise PermissionDenied
    if request.method != "POST":
        return HttpResponseRedirect(reverse("round", args=[pk]))
    try:
        job = binding.ask_notices(task, by=request.user)
    except DomainError as refused:
        messages.error(request, say(refused))
        return HttpResponseRedirect(reverse("round", args=[pk]))
    return HttpResponseRedirect(reverse("desk:dossier", args=[job.token]))
