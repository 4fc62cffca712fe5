"""Small tables in and out by django-import-export. The enterprise register has a
faster path (services/imports)."""

from import_export import fields, resources
from import_export.widgets import BooleanWidget, DateWidget, ForeignKeyWidget, ManyToManyWidget

from .models import Certificate, Inspector, Section, Skill
from .sheets.cells import clean
from .sheets.enterprises import read_date

_DUTIES = {title: value for value, title in Inspector._meta.get_field("duty").choices}
_YES = BooleanWidget()
_YES.TRUE_VALUES, _YES.FALSE_VALUES = ["是", True], ["否", False]


class _Day(DateWidget):
    def clean(self, value, row=None, **kwargs):
        text = clean(value)
        day = read_date(text) if text else None
        if text and day is None:
            raise ValueError(f"日期“{text[:20]}”读不懂")
        return day

    def render(self, value, obj=None, **kwargs):
        return value.isoformat() if value else ""


class _Own(ForeignKeyWidget):
    """A row of the bureau's own table, by its name."""

    def __init__(self, model, bureau):
        super().__init__(model, "name")
        self.bureau = bureau

    def get_queryset(self, value, row, *args, **kwargs):
        return self.model.objects.filter(bureau=self.bureau)

    def clean(self, value, row=None, **kwargs):
        try:
            return super().clean(clean(value), row, **kwargs)
        except self.model.MultipleObjectsReturned:
            raise ValueError(f"有几个“{clean(value)[:20]}”，请先改成不同的名称") from None
        except self.model.DoesNotExist:
            raise ValueError(
                f"没有“{clean(value)[:20]}”这个{self.model._meta.verbose_name}，请先添加"
            ) from None


class _Skills(ManyToManyWidget):
    def __init__(self, bureau):
        super().__init__(Skill, separator="、", field="name")
        self.bureau = bureau

    def clean(self, value, row=None, **kwargs):
        words = [word for word in clean(value).replace(",", "、").replace("，", "、").split("、") if word]
        found = Skill.objects.filter(bureau=self.bureau, name__in=words)
        missing = set(words) - {each.name for each in found}
        if missing:
            raise ValueError(f"没有“{'、'.join(sorted(missing))}”这个专业，请先添加")
        return found


class _Word(fields.Field):
    """A text cell as registers write it: trimmed, a number without '.0'."""

    def clean(self, row, **kwargs):
        return clean(row.get(self.column_name))


class InspectorResource(resources.ModelResource):
    """执法检查人员: one row a person, by 名录编号; with the certificate now held."""

    ref = _Word("ref", "名录编号")
    name = _Word("name", "姓名")
    section = fields.Field("section", "股室")
    duty = fields.Field("duty", "身份")
    post = _Word("post", "职务")
    unit = _Word("unit", "工作单位")
    skills = fields.Field("skills", "专业", m2m_add=False)
    may_lead = fields.Field("may_lead", "可任组长", widget=_YES)
    entered_on = fields.Field("entered_on", "入库日期", widget=_Day())
    certificate = fields.Field(column_name="执法证号", readonly=True)
    issuer = fields.Field(column_name="发证机关", readonly=True)
    issued_on = fields.Field(column_name="发证日期", readonly=True)
    expires_on = fields.Field(column_name="有效期至", readonly=True)

    class Meta:
        model = Inspector
        fields = (
            "ref",
            "name",
            "section",
            "duty",
            "post",
            "unit",
            "skills",
            "may_lead",
            "entered_on",
            "certificate",
            "issuer",
            "issued_on",
            "expires_on",
        )
        import_id_fields = ("ref",)
        use_transactions = True
        skip_unchanged = True
        report_skipped = True
        clean_model_instances = False

    def __init__(self, bureau=None, today=None):
        super().__init__()
        self.bureau, self.today = bureau, today
        self.fields["section"].widget = _Own(Section, bureau)
        self.fields["skills"].widget = _Skills(bureau) if bureau else ManyToManyWidget(Skill, "、", "name")

    def get_queryset(self):
        return Inspector.objects.filter(bureau=self.bureau) if self.bureau else Inspector.objects.all()

    def before_import_row(self, row, **kwargs):
        for column in ("姓名", "名录编号"):
            if not clean(row.get(column)):
                raise ValueError(f"没有{column}")
        self._keep_what_is_not_said(row)
        if not clean(row.get("股室")):
            raise ValueError("没有股室")
        duty = clean(row.get("身份")) or "执法人员"
        if duty not in _DUTIES:
            raise ValueError(f"身份“{duty[:20]}”不认得，可写：{'、'.join(_DUTIES)}")
        row["身份"] = _DUTIES[duty]
        row["可任组长"] = "是" if clean(row.get("可任组长")) in ("是", "√", "1") else "否"
        self.fields["skills"].widget.clean(row.get("专业"))  # a fault is told before anything is saved
        row["入库日期"] = row.get("入库日期") or self.today.isoformat()
        for name, column in (("ref", "名录编号"), ("name", "姓名"), ("post", "职务"), ("unit", "工作单位")):
            limit = Inspector._meta.get_field(name).max_length
            if len(clean(row.get(column))) > limit:
                raise ValueError(f"{column}超过 {limit} 字")
        self._certificate_of(row)

    def _keep_what_is_not_said(self, row):
        """An empty or missing cell says nothing: who is listed keeps what the register holds."""
        person = self.get_queryset().filter(ref=clean(row["名录编号"])).first()
        if person is None:
            return
        held = {
            "股室": person.section.name,
            "身份": person.get_duty_display(),
            "职务": person.post,
            "工作单位": person.unit,
            "专业": "、".join(skill.name for skill in person.skills.all()),
            "可任组长": "是" if person.may_lead else "否",
            "入库日期": person.entered_on.isoformat(),
        }
        for column, value in held.items():
            if not clean(row.get(column)):
                row[column] = value

    def skip_row(self, instance, original, row, import_validation_errors=None):
        """Unchanged, and no certificate that is not on record yet."""
        held = self._certificate_of(row)
        if held and instance.pk:
            number, issuer, issued, expires = held
            if not instance.certificates.filter(number=number, issued_on=issued, expires_on=expires).exists():
                return False
        return super().skip_row(instance, original, row, import_validation_errors)

    def after_import(self, dataset, result, **kwargs):
        """Nothing: the package would set the key's sequence anew, which is the tables' owner's
        to do, and no key came in."""

    def before_save_instance(self, instance, row, **kwargs):
        instance.bureau = self.bureau

    def after_save_instance(self, instance, row, **kwargs):
        held = self._certificate_of(row)
        if held and instance.pk:
            number, issuer, issued, expires = held
            Certificate.objects.update_or_create(
                inspector=instance,
                number=number,
                issued_on=issued,
                defaults={"issuer": issuer, "expires_on": expires},
            )

    def _certificate_of(self, row):
        number = clean(row.get("执法证号"))
        if not number:
            return None
        if len(number) > 40:
            raise ValueError("执法证号超过 40 字")
        issued, expires = (_Day().clean(row.get(column)) for column in ("发证日期", "有效期至"))
        if not issued or not expires or expires < issued:
            raise ValueError("写了执法证号的，要有发证日期和有效期至，且先后不颠倒")
        return number, clean(row.get("发证机关")), issued, expires

    def dehydrate_duty(self, inspector):
        return inspector.get_duty_display()

    def dehydrate_may_lead(self, inspector):
        return "是" if inspector.may_lead else "否"

    def dehydrate_certificate(self, inspector):
        return self._held(inspector, "number")

    def dehydrate_issuer(self, inspector):
        return self._held(inspector, "issuer")

    def dehydrate_issued_on(self, inspector):
        return str(self._held(inspector, "issued_on"))

    def dehydrate_expires_on(self, inspector):
        return str(self._held(inspector, "expires_on"))

    def _held(self, inspector, name):
        last = max(inspector.certificates.all(), key=lambda each: each.issued_on, default=None)
        return getattr(last, name) if last else ""
