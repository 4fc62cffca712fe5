from django.urls import path

from . import views

app_name = "registry"

urlpatterns = [path("recusals/", views.recusals, name="recusals")]
