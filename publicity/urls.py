from django.urls import path

from . import views

app_name = "public"

urlpatterns = [
    path("", views.home, name="home"),
    path("items/", views.items, name="items"),
    path("plans/", views.plans, name="plans"),
    path("anchor.json", views.anchor, name="anchor"),
    path("group/", views.group, name="group"),
    path("draws/", views.draws, name="draws"),
    path("draws/<str:number>/", views.draw, name="draw"),
    path("draws/<str:number>/<str:name>", views.draw_file, name="draw-file"),
    path("results/", views.results, name="results"),
    path("results/<str:token>/", views.result, name="result"),
    path("search/", views.search, name="search"),
    path("verify/", views.verify, name="verify"),
    path("verify/verify.py", views.verify_program, name="verify-program"),
    path("papers/<str:token>/", views.paper, name="paper"),
    path("robots.txt", views.robots, name="robots"),
]
