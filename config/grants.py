"""What the application's database role may do to each table: PostgreSQL's wall, as
data (docs/decisions/0012).

The owner role makes the tables (migrate) and grants; the application signs in as a role that owns nothing, so
it cannot switch off a trigger, truncate, or delete what is not listed here.
"""

READ = "SELECT"
ADD = "SELECT, INSERT"
CHANGE = "SELECT, INSERT, UPDATE"
REMOVE = "SELECT, INSERT, UPDATE, DELETE"

# Tables that are not here get CHANGE. A table may lose rows only where a row is no record of anything.
RIGHTS = {
    "django_migrations": READ,
    "django_content_type": READ,
    "auth_permission": READ,
    "django_admin_log": ADD,
    "registries_journalentry": ADD,
    "registries_storedfile": ADD,
    "registries_logentry": ADD,
    "registries_logbranch": ADD,
    "registries_loghead": ADD,
    "registries_cosignature": ADD,
    "registries_subjectchange": ADD,
    "registries_subjectmove": "SELECT, UPDATE",  # rows are made by the register's own trigger
    "publicity_subscription": REMOVE,  # an address whose owner has had enough
    "registries_declaration": ADD,
    "inspections_drawfile": ADD,
    "inspections_document": ADD,
    "inspections_lotteryentry": ADD,
    "inspections_codechain": ADD,
    "inspections_minutes": ADD,
    "inspections_disc": ADD,
    "inspections_disccheck": ADD,
    "inspections_partnerdraw": ADD,
    "inspections_visit_cases": ADD,
    "inspections_upload": ADD,
    "inspections_exhibit": ADD,
    "inspections_sheet": ADD,
    "inspections_supplement": ADD,
    "inspections_supplement_exhibits": ADD,
    "inspections_ruling": ADD,
    "inspections_cleancopy": ADD,
    "inspections_dossierjob": REMOVE,  # a piece of work; that a file was made is in the journal
    "inspections_confirmation": ADD,
    "inspections_look": ADD,
    "inspections_verdict": ADD,
    "inspections_firmfile": ADD,
    "inspections_outcome": ADD,
    "inspections_delegate": ADD,
    "inspections_penaltystep": ADD,
    "inspections_reinspection": ADD,
    "inspections_caseevent": ADD,
    "inspections_penalty_findings": ADD,
    "inspections_transfer_findings": ADD,
    "inspections_finding": REMOVE,  # of a visit not yet ended, a trigger sees to that
    "publicity_dailydigest": ADD,
    "publicity_disclosure": ADD,
    "publicity_ending": ADD,
    "publicity_enclosure": ADD,
    "publicity_ticket": ADD,
    "publicity_dump": ADD,
    "publicity_listing": REMOVE,  # an index, made from the disclosures
    "publicity_release": ADD,
    "publicity_reply": ADD,
    "publicity_returnlayout": ADD,
    "publicity_shape": ADD,
    "publicity_batch": ADD,
    "django_session": REMOVE,
    "registries_oldpassword": ADD,
    "registries_signintry": REMOVE,  # counters; the record is the journal
    "registries_secondfactor": REMOVE,  # secrets are no record either
    "registries_recoverycode": REMOVE,
    "registries_rowmark": REMOVE,  # found faster; the record is the journal
    "registries_sitting": REMOVE,
    "registries_importline": REMOVE,  # a preview made again
    "registries_item": REMOVE,  # of a list not yet published, a trigger sees to that
    "registries_checkline": REMOVE,  # of a list not yet published
    "registries_savedfilter": REMOVE,
    "registries_subject_tags": REMOVE,
    "registries_item_categories": REMOVE,
    "registries_item_articles": REMOVE,
    "registries_inspector_skills": REMOVE,
    "inspections_plan": REMOVE,  # a draft that nobody ever approved, a trigger sees to that
    "inspections_task": REMOVE,  # likewise
    "inspections_task_items": REMOVE,  # of a task not yet approved
    "inspections_task_sections": REMOVE,
    "inspections_directive_to": REMOVE,  # of a draft; what was handed down stands in each one's own row
    "inspections_taskstratum": REMOVE,
    "inspections_planline": REMOVE,  # of a plan not yet approved
    "inspections_keptpreview": REMOVE,  # a preview, made again
    "inspections_listsignature": "SELECT, INSERT, DELETE",  # goes with a draft that nobody ever approved
    "inspections_tasksubject": REMOVE,  # of a task not yet approved
    "inspections_tasksubject_inspectors": REMOVE,
    "registries_caprule": REMOVE,
    "registries_lotrule": REMOVE,
    "inspections_plandays": REMOVE,  # of a plan not yet approved, a trigger sees to that
}


def statements(role, database, tables):
    """The application's role, the database and all table names in; the SQL that gives it these
    rights and no others, out."""
    yield f'REVOKE ALL ON ALL TABLES IN SCHEMA public FROM "{role}", PUBLIC'
    yield f'REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM "{role}", PUBLIC'
    yield f'REVOKE TEMPORARY ON DATABASE "{database}" FROM PUBLIC'
    yield "REVOKE CREATE ON SCHEMA public FROM PUBLIC"
    yield f'REVOKE CREATE ON SCHEMA public FROM "{role}"'
    yield f'GRANT USAGE ON SCHEMA public TO "{role}"'
    yield f'GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO "{role}"'
    # Kept rows lie in memory or on a disk without arms: with the default of 4 the planner reads the whole
    # past of a table rather than find this year's rows by their index.
    yield f'ALTER DATABASE "{database}" SET random_page_cost = 1.1'
    for table in tables:
        yield f'GRANT {RIGHTS.get(table, CHANGE)} ON "{table}" TO "{role}"'
