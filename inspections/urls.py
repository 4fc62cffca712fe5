"""The addresses under /desk/, gathered from the rooms."""

from django.urls import path

from .after import views as after
from .draw import projector
from .draw import views as draw
from .papers import views as papers
from .visit import desk, onsite, phone, settling

app_name = "desk"

urlpatterns = [
    path("", desk.home, name="home"),
    path("cases/<str:token>/", desk.case, name="case"),
    path("cases/<str:token>/start/", desk.start, name="start"),
    path("cases/<str:token>/checklist/", desk.checklist, name="checklist"),
    path("cases/<str:token>/end/", desk.end, name="end"),
    path("cases/<str:token>/report/", desk.report, name="report"),
    path("cases/<str:token>/suggest/", desk.suggest, name="suggest"),
    path("cases/<str:token>/notice.pdf", desk.notice, name="notice"),
    path("cases/<str:token>/notice/", desk.sign_notice, name="sign-notice"),
    path("cases/<str:token>/recusal/", desk.ask_recusal, name="ask-recusal"),
    path("cases/<str:token>/findings/", onsite.found, name="findings"),
    path("cases/<str:token>/findings/other/", onsite.other, name="other"),
    path("cases/<str:token>/findings/<int:pk>/drop/", onsite.drop_other, name="drop-other"),
    path("cases/<str:token>/files/", onsite.files, name="exhibits"),
    path("cases/<str:token>/files/<int:pk>/", onsite.file, name="exhibit"),
    path("cases/<str:token>/late/", onsite.late, name="late"),
    path("cases/<str:token>/blank.pdf", papers.blank, name="blank"),
    path("cases/<str:token>/code/", onsite.code, name="code"),
    path("cases/<str:token>/confirm/", onsite.confirm, name="confirm"),
    path("cases/<str:token>/papers/", papers.case_papers, name="papers"),
    path("cases/<str:token>/papers/new/<str:kind>/", papers.new_paper, name="new-paper"),
    path("cases/<str:token>/papers/<int:pk>/sign/", papers.sign, name="sign"),
    path("cases/<str:token>/papers/<int:pk>/deliver/", papers.deliver, name="deliver"),
    path("cases/<str:token>/papers/<int:pk>.pdf", papers.pdf, name="paper"),
    path("cases/<str:token>/rectified/", after.rectified, name="rectified"),
    path("cases/<str:token>/reinspect/", after.reinspect, name="reinspect"),
    path("cases/<str:token>/penalty/", after.penalty, name="penalty"),
    path("cases/<str:token>/penalties/<int:pk>/", after.penalty_file, name="penalty-file"),
    path("cases/<str:token>/spot/", after.spot, name="spot"),
    path("cases/<str:token>/extension/", after.extension, name="extension"),
    path("cases/<str:token>/upward/", after.upward, name="upward"),
    path("cases/<str:token>/close/", after.close, name="close"),
    path("cases/<str:token>/measure/", after.measure, name="measure"),
    path("cases/<str:token>/measure/<int:pk>/end/", after.restraint_end, name="restraint-end"),
    path("cases/<str:token>/measure/<int:pk>/more/", after.restraint_more, name="restraint-more"),
    path("cases/<str:token>/transfer/", after.transfer, name="transfer"),
    path("cases/<str:token>/filings/<int:pk>/retry/", onsite.retry, name="retry"),
    path("cases/<str:token>/file.<str:form>", papers.case_file, name="case-file"),
    path("dossiers/<str:token>/", papers.dossier_job, name="dossier"),
    path("dossiers/<str:token>.pdf", papers.dossier_pdf, name="dossier-pdf"),
    path("field/", phone.shell, name="field"),
    path("field/tasks.json", phone.tasks, name="field-tasks"),
    path("field/filings/<uuid:mark>/", phone.status, name="field-status"),
    path("field/<str:token>/files/<str:digest>", phone.upload, name="field-upload"),
    path("field/<str:token>/share/", phone.share, name="field-share"),
    path("field/<str:token>/plan/", phone.plan, name="field-plan"),
    path("cases/<str:token>/late-lines/", settling.late_lines, name="late-lines"),
    path("cases/<str:token>/filings/<int:pk>/aside/", settling.set_aside, name="set-aside"),
    path("cases/<str:token>/undone/", settling.not_done, name="undone"),
    path("cases/<str:token>/choose/", settling.choose, name="choose"),
    path("field/<str:token>/notice/", phone.notice, name="field-notice"),
    path("field/<str:token>/filings/", phone.submit, name="field-submit"),
    path("field.js", phone.worker, name="field-worker"),
    path("field.webmanifest", phone.manifest, name="field-manifest"),
    path("draws/<str:number>/", draw.draw, name="draw"),
    path("draws/<str:number>/stage/", projector.page, name="stage"),
    path("draws/<str:number>/stage.json", projector.state, name="stage-state"),
    path("recusal/<str:token>/", desk.recusal, name="recusal"),
    path("codes/", draw.codes, name="codes"),
]
