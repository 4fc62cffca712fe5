from django.urls import path

from . import stage, views

app_name = "desk"

urlpatterns = [
    path("", views.home, name="home"),
    path("cases/<str:token>/", views.case, name="case"),
    path("cases/<str:token>/start/", views.start, name="start"),
    path("cases/<str:token>/checklist/", views.checklist, name="checklist"),
    path("cases/<str:token>/end/", views.end, name="end"),
    path("cases/<str:token>/report/", views.report, name="report"),
    path("cases/<str:token>/suggest/", views.suggest, name="suggest"),
    path("cases/<str:token>/notice.pdf", views.notice, name="notice"),
    path("cases/<str:token>/recusal/", views.ask_recusal, name="ask-recusal"),
    path("draws/<str:number>/", views.draw, name="draw"),
    path("draws/<str:number>/stage/", stage.page, name="stage"),
    path("draws/<str:number>/stage.json", stage.state, name="stage-state"),
    path("recusal/<str:token>/", stage.recusal, name="recusal"),
    path("codes/", views.codes, name="codes"),
]
