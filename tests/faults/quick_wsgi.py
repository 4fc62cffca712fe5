"""The site for tests that sign in many people: passwords are hashed as quickly as everywhere in the tests."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.conf import settings  # noqa: E402

settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

from config.wsgi import application  # noqa: E402

__all__ = ["application"]
