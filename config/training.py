"""培训环境: every page says that nothing here is real."""

from django.conf import settings


def say(request):
    """For every template: whether this is the training installation (TRAINING=yes, its own database and
    files), and how long the frame of the public pages is kept."""
    return {"is_training": settings.TRAINING, "frame_seconds": settings.PUBLIC_SECONDS}
