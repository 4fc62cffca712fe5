"""Three doors: /admin/ for the bureau, /desk/ for inspectors and witnesses, / for the public."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path

from publicity import api
from publicity.views import pages
from registries import doors

from .office import (
    casepage,
    cases,
    deadlines,
    health,
    home,
    inbox,
    libraries,
    manual,
    metrics,
    notices,
    oversight,
    roundpages,
    search,
    tables,
    timeline,
)

handler404 = pages.missing
handler500 = health.error
at_the_desk = admin.site.admin_view
urlpatterns = [
    path("admin/together/", at_the_desk(home.together), name="together"),
    path("admin/urge/", at_the_desk(home.urge), name="urge"),
    path("admin/rounds/", at_the_desk(roundpages.year), name="rounds"),
    path("admin/rounds/new/", at_the_desk(roundpages.write), name="round-new"),
    path("admin/rounds/<int:pk>/", at_the_desk(roundpages.page), name="round"),
    path("admin/rounds/<int:pk>/write/", at_the_desk(roundpages.write), name="round-write"),
    path("admin/rounds/<int:pk>/urge/", at_the_desk(roundpages.urge), name="round-urge"),
    path("admin/rounds/<int:pk>/notices/", at_the_desk(notices.page), name="notices"),
    path("admin/cases/", at_the_desk(cases.page), name="cases"),
    path("admin/cases/of/<int:pk>/", at_the_desk(casepage.of), name="case-of"),
    path("admin/cases/<str:token>/", at_the_desk(casepage.page), name="case"),
    path("admin/cases/<str:token>/files/<int:pk>/", at_the_desk(casepage.exhibit), name="case-exhibit"),
    path("admin/search/", at_the_desk(search.page), name="search"),
    path("admin/reports/", at_the_desk(tables.reports), name="reports-page"),
    path("admin/tables/", at_the_desk(tables.tables), name="tables"),
    path("messages/", inbox.page, name="inbox"),
    path("messages/read/", inbox.read, name="inbox-read"),
    path("admin/health/", at_the_desk(health.page), name="health-page"),
    path("admin/deadlines/", at_the_desk(deadlines.page), name="deadlines-page"),
    path("manual/", manual.page, name="manual"),
    path("manual/<str:role>/", manual.page, name="manual-role"),
    path("admin/libraries/", at_the_desk(libraries.page), name="libraries-page"),
    path("admin/oversight/", at_the_desk(oversight.page), name="oversight-page"),
    path("admin/oversight/flags/<int:pk>/", at_the_desk(oversight.read_flag), name="read-flag"),
    path("admin/oversight/anchor.json", at_the_desk(oversight.anchor), name="take-anchor"),
    path("admin/oversight/statistics/", at_the_desk(oversight.statistics), name="statistics-page"),
    path("admin/registries/subject/<int:pk>/history/", at_the_desk(timeline.page), name="timeline"),
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
    path("admin/health/clock/", at_the_desk(health.clock_is_right), name="clock-is-right"),
    path("healthz", login_not_required(health.show), name="health"),
    path("healthz/all", login_not_required(health.alarm), name="health_alarm"),
    path("api/v1/", api.patterns()),
    path("", include("publicity.urls")),
]
