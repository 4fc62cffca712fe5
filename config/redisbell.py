"""Whether the bell rings: Redis, asked once and not for long."""

from django.conf import settings
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry


def bell():
    """ok, down or none (no Redis is configured)."""
    if not settings.REDIS_URL:
        return "none"
    try:
        once = Retry(NoBackoff(), 0)
        Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=2, retry=once).ping()
    except (RedisError, OSError):
        return "down"
    return "ok"
