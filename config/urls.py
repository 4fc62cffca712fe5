"""Three doors: /admin/ for the bureau, /desk/ for inspectors and witnesses, / for the public."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

from . import health

urlpatterns = [
    path("admin/", admin.site.urls),
    path("desk/", include("inspections.urls")),
    path("login/", LoginView.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("healthz", login_not_required(health.show), name="health"),
    path("", include("publicity.urls")),
]
