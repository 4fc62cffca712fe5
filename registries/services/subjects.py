"""检查对象: one enterprise keeps one ref for ever; its codes are dated."""

from django.utils import timezone

from ..models import SubjectCode


def keep_code(subject):
    """Write the enterprise's code into its dated history; the one before it ends today."""
    today = timezone.localdate()
    subject.codes.filter(until=None).exclude(code=subject.credit_code).update(until=today)
    if subject.credit_code and not subject.codes.filter(code=subject.credit_code, until=None).exists():
        SubjectCode.objects.create(subject=subject, code=subject.credit_code, since=today)
