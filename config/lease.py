"""The lease of the beat: of several, on as many machines, one gives out the day's work; when it is gone,
another has it within half a minute."""

import logging
import secrets
from datetime import timedelta

from celery.beat import PersistentScheduler
from django.conf import settings
from redis import Redis, RedisError

_log = logging.getLogger(__name__)
KEY, SECONDS, PAUSE = "mingqian-beat", 30, 5
# Mine and extended, or nobody's and taken.
_TAKE = """
local holder = redis.call("GET", KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call("SET", KEYS[1], ARGV[1], "EX", ARGV[2])
return 1
"""


class Scheduler(PersistentScheduler):
    """Celery's, which does nothing while another holds the lease."""

    def __init__(self, *args, **kwargs):
        self._mark, self._redis = secrets.token_hex(8), Redis.from_url(settings.REDIS_URL, socket_timeout=2)
        super().__init__(*args, **kwargs)

    def holds(self):
        """Whether it holds the lease, or has taken it now. Without Redis nobody can be told of any work."""
        try:
            return bool(self._redis.eval(_TAKE, 1, KEY, self._mark, SECONDS))
        except RedisError as away:
            _log.warning("the beat waits for Redis: %s", away)
            return False

    def _stand_by(self):
        """What was due until a moment ago, the other has given out: only what its end may have swallowed is
        due to whoever takes over."""
        if self._store is None:
            return
        until = self.app.now() - timedelta(seconds=SECONDS + PAUSE)
        for each in self.schedule.values():
            if each.last_run_at is None or each.last_run_at < until:
                each.last_run_at = until

    def tick(self, *args, **kwargs):
        if not self.holds():
            self._stand_by()
            return PAUSE
        return min(super().tick(*args, **kwargs), SECONDS / 3)
