"""Three doors: /admin/ for the bureau, /desk/ for inspectors and witnesses, / for the public."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path

from publicity import api
from publicity.views import pages
from registries import doors

from .office import deadlines, health, libraries, manual, metrics, oversight, timeline

handler404 = pages.missing
handler500 = health.error
urlpatterns = [
    path("admin/health/", admin.site.admin_view(health.page), name="health-page"),
    path("admin/deadlines/", admin.site.admin_view(deadlines.page), name="deadlines-page"),
    path("manual/", manual.page, name="manual"),
    path("admin/libraries/", admin.site.admin_view(libraries.page), name="libraries-page"),
    path("admin/oversight/", admin.site.admin_view(oversight.page), name="oversight-page"),
    path("admin/oversight/anchor.json", admin.site.admin_view(oversight.anchor), name="take-anchor"),
    path("admin/oversight/statistics/", admin.site.admin_view(oversight.statistics), name="statistics-page"),
    path("admin/registries/subject/<int:pk>/history/", admin.site.admin_view(timeline.page), name="timeline"),
    path("admin/", admin.site.urls),
    path("desk/", include("registries.urls")),
    path("desk/", include("inspections.urls")),
    path("login/", doors.SignIn.as_view(), name="login"),
    path("login/code/", doors.code, name="code"),
    path("login/sso/", doors.sso, name="sso"),
    path("login/sso/back/", doors.sso_back, name="sso-back"),
    path("account/second-factor/", doors.second_factor, name="second-factor"),
    path("account/", doors.own_account, name="own-account"),
    path("account/cut/", doors.cut_sittings, name="cut-sittings"),
    path("logout/", doors.SignOut.as_view(), name="logout"),
    path("unsent/", doors.unsent, name="unsent"),
    path("password/", doors.OwnPassword.as_view(), name="password"),
    path("metrics", metrics.show, name="metrics"),
    path("admin/health/clock/", admin.site.admin_view(health.clock_is_right), name="clock-is-right"),
    path("healthz", login_not_required(health.show), name="health"),
    path("healthz/all", login_not_required(health.alarm), name="health_alarm"),
    path("api/v1/", api.patterns()),
    path("", include("publicity.urls")),
]
