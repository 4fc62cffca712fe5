"""Is the installation alive?"""

from django.db import connection
from django.http import JsonResponse


def show(request):
    """200 when the database answers; nothing about what it holds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    return JsonResponse({"database": "ok"})
