"""Three doors: /admin/ for the bureau, /desk/ for inspectors and witnesses, / for the public."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeView
from django.urls import include, path

from . import health

handler500 = health.error
urlpatterns = [
    path("admin/health/", admin.site.admin_view(health.page), name="health-page"),
    path("admin/", admin.site.urls),
    path("desk/", include("registries.urls")),
    path("desk/", include("inspections.urls")),
    path("login/", LoginView.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path(
        "password/",
        PasswordChangeView.as_view(template_name="desk/password.html", success_url="/desk/"),
        name="password",
    ),
    path("healthz", login_not_required(health.show), name="health"),
    path("", include("publicity.urls")),
]
