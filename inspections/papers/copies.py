"""查看件: what is shown of a photo is never the photo as it came. Small ones are copied when they come, large
ones by the worker a moment later, or when somebody wants to look before that."""

from django.db import IntegrityError, transaction

from registries.services import storage

from . import pictures
from .models import CleanCopy

AT_ONCE = 1_000_000  # pixels: a signature, a thumbnail


def to_show(original, file):
    """The StoredFile to show of a file as it came and what was put beside it then; None
    where nobody can read it."""
    if file.pk != original.pk or not original.media_type.startswith("image/"):
        return file
    return make(original).file


def make(original):
    """The CleanCopy of a photo, made where there is none."""
    known = CleanCopy.objects.select_related("file").filter(original=original).first()
    if known:
        return known
    try:
        picture = pictures.clean(original.read())
        file = storage.keep(picture.data, picture.media_type)
    except pictures.NotAPicture:
        file = None
    try:
        with transaction.atomic():
            return CleanCopy.objects.create(original=original, file=file)
    except IntegrityError:  # the worker and a reader at once
        return CleanCopy.objects.get(original=original)


def unreadable(originals):
    """Those of these digests that were looked at and cannot be read."""
    return set(CleanCopy.objects.filter(original__in=originals, file=None).values_list("original", flat=True))
