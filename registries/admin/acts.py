"""Acts: buttons of a page of the desk, each a small form that calls a service."""

from collections.abc import Callable
from dataclasses import dataclass

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.http import content_disposition_header, url_has_allowed_host_and_scheme

from ..errors import DomainError
from ..sentences import say


class ReasonForm(forms.Form):
    """Why: the one thing that many an act asks for."""

    reason = forms.CharField(label="原因", max_length=200, widget=forms.Textarea(attrs={"rows": 2}))


def reasoned(service):
    """What an act with a ReasonForm runs: the service, told the reason and by whom."""
    return lambda each, data, by: service(each, data["reason"], by=by)


@dataclass(frozen=True)
class Act:
    """A button that opens a small form that calls a service.

    `run(thing, data, by)` may return a response (a download, another page), a text (told as done) or anything
    else (then `done` is told; before another page too, where it is the act's own). `thing` is None for an act
    of the list page. `when(thing)` says whether the button is there. An act that is a page of its own has
    `page(desk, request, thing)` instead of a form; the list's filters come with the request.
    `together(thing)` says whether it may be done to this one with others at once; `is_final`,
    that nothing takes it back.
    """

    name: str
    label: str
    permission: str
    run: Callable | None = None
    form: type[forms.Form] = forms.Form
    when: Callable = lambda thing: True
    warning: str | Callable = ""
    done: str = "已办理。"
    page: Callable | None = None
    together: Callable = lambda thing: False
    is_final: bool = False


class ActsAdmin(admin.ModelAdmin):
    """The acts of a noun: served one by one, each asking for its own right."""

    acts: tuple[Act, ...] = ()
    list_acts: tuple[Act, ...] = ()
    say = staticmethod(say)

    def get_urls(self):
        noun = f"{self.opts.app_label}_{self.opts.model_name}"
        wrap = self.admin_site.admin_view
        return [
            path("act/<str:name>/", wrap(self.list_act_view), name=f"{noun}_listact"),
            path("<path:object_id>/act/<str:name>/", wrap(self.act_view), name=f"{noun}_act"),
            *super().get_urls(),
        ]

    def list_act_view(self, request, name):
        """An act of the whole list (upload a file, publish the due ones)."""
        return self._serve(request, self._find(self.list_acts, name, request), None)

    def act_view(self, request, object_id, name):
        """An act on one row."""
        thing = self.get_object(request, object_id)
        act = self._find(self.acts, name, request)
        if thing is None:
            raise Http404
        if not act.when(thing):
            messages.error(request, f"“{thing}”现在不能办理“{act.label}”：状态已变，请看最新内容。")
            return HttpResponseRedirect(self._next(request, thing))
        return self._serve(request, act, thing)

    def _find(self, acts, name, request):
        act = next((act for act in acts if act.name == name), None)
        if act is None or not request.user.has_perm(act.permission):
            raise PermissionDenied
        return act

    def _serve(self, request, act, thing):
        if act.page:
            return act.page(self, request, thing)
        data = (request.POST, request.FILES) if request.method == "POST" else ()
        form = _built(act.form, data, thing, request.user)
        # A link may say what it is about; the person still sees it and may choose otherwise.
        form.initial = form.initial | {name: request.GET[name] for name in form.fields if name in request.GET}
        if request.method == "POST" and form.is_valid():
            try:
                answer = act.run(thing, form.cleaned_data, request.user)
            except DomainError as refused:
                if not form.fields and self._wanted(request):  # nothing was typed that could be lost
                    messages.error(request, self.say(refused))
                    return HttpResponseRedirect(self._wanted(request))
                form.add_error(None, self.say(refused))
            else:
                return self._told(request, act, thing, answer)
        context = self.admin_site.each_context(request) | {
            "title": act.label,
            "act": act,
            "lacking": _lacking(form),
            "warning": act.warning(thing) if callable(act.warning) else act.warning,
            "form": form,
            "thing": thing,
            "opts": self.opts,
            "back": self._next(request, thing),
            "next": self._wanted(request),
        }
        return TemplateResponse(request, "admin/act.html", context)

    def _told(self, request, act, thing, answer):
        """A page or file of the act's own, else back to where one came from, with what was done."""
        if isinstance(answer, HttpResponseBase) and not isinstance(answer, HttpResponseRedirect):
            return answer
        is_text = isinstance(answer, str)
        if not isinstance(answer, HttpResponseRedirect) or act.done != Act.done:
            messages.success(request, answer if is_text else act.done)
        own_page = answer.url if isinstance(answer, HttpResponseRedirect) else self._after(thing)
        return HttpResponseRedirect(self._wanted(request) or own_page)

    def _wanted(self, request):
        """The page of the desk that one came from and wants to be back on, or ""."""
        wanted = request.POST.get("next") or request.GET.get("next") or ""
        is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
        return wanted if is_ours and wanted.startswith("/admin/") else ""

    def _next(self, request, thing):
        return self._wanted(request) or self._after(thing)

    def _after(self, thing):
        noun = f"admin:{self.opts.app_label}_{self.opts.model_name}"
        return reverse(f"{noun}_change", args=[thing.pk]) if thing else reverse(f"{noun}_changelist")

    def ask(self, request, label, warning, thing=None):
        """The page that asks once more before an act which is a page of its own; its button
        posts to the same address."""
        facts = self.admin_site.each_context(request) | {
            "title": label,
            "opts": self.opts,
            "thing": thing,
            "form": forms.Form(),
            "back": self._after(thing),
            "act": {"label": label},
            "warning": warning,
        }
        return TemplateResponse(request, "admin/act.html", facts)


def download(data, name, media_type="application/pdf"):
    """Bytes as a file to keep: what an act may return."""
    response = HttpResponse(data, content_type=media_type)
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


def _lacking(form):
    """The label of a choice that has to be made and has nothing to choose from, or ""."""
    for field in form.fields.values():
        if field.required and hasattr(field, "choices") and not any(str(value) for value, _ in field.choices):
            return field.label
    return ""


def _built(form_class, data, thing, by):
    # A form that wants to know about whom it asks takes thing= and by=.
    if getattr(form_class, "knows_thing", False):
        return form_class(*data, thing=thing, by=by)
    return form_class(*data)
