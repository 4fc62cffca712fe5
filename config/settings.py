"""All settings, one file; every value that differs between installations comes from the environment.

With an empty environment this is the embedded installation: SQLite, no Redis, secrets made in var/.
"""

import os
from pathlib import Path

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from registries.sheets import bounds

from .roles import ROLES as _ROLES
from .secretfile import read_secret

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("MINGQIAN_VAR", BASE_DIR / "var"))
# 培训环境: another folder, so another database, other files and other keys; every page
# and paper says what it is.
TRAINING = os.environ.get("TRAINING", "no").lower() in ("1", "true", "yes", "on")
if TRAINING:
    VAR_DIR = VAR_DIR / "training"
VAR_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)  # files, keys and, embedded, the database


def _switch(name, default):
    return os.environ.get(name, default).lower() in ("1", "true", "yes", "on")


DEBUG = _switch("DEBUG", "no")
SECRET_KEY = read_secret("SECRET_KEY", VAR_DIR)
FIELD_KEYS = read_secret("FIELD_KEYS", VAR_DIR)
# 国密 (GB/T 39786): what is stored encrypted under SM4, an SM3 beside the SHA-256 of files and journal.
# The draw and its log stay on SHA-256 (SJS1).
NATIONAL_CIPHERS = _switch("NATIONAL_CIPHERS", "no")
ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [each for each in os.environ.get("TRUSTED_ORIGINS", "").split(",") if each]
HAS_TLS = _switch("HAS_TLS", "no")
# Front servers of ours before this process: each adds to X-Forwarded-For whom it saw. 2: one
# more gateway before nginx.
PROXIES = int(os.environ.get("PROXIES") or (1 if HAS_TLS else 0))

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "crispy_forms",
    "crispy_bootstrap5",
    "import_export",
    "ninja",
    "django_prometheus",
    "config.apps.MingqianAdminConfig",
    "registries",
    "inspections",
    "publicity",
    "config.apps.ConfigConfig",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "config.logs.Requests",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.GivesWay",
    "config.middleware.WhoseWindow",
    "config.middleware.PublicPages",
    "config.middleware.ContentSecurityPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.middleware.SignInUnlessPublic",
    "config.replica.FromReplica",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.training.say",
            ],
        },
    },
]

_SQLITE = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": VAR_DIR / "mingqian.sqlite3",
    "OPTIONS": {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    },
}
_DATABASE_URL = os.environ.get("TRAINING_DATABASE_URL" if TRAINING else "DATABASE_URL")
DATABASES = {
    "default": dj_database_url.parse(_DATABASE_URL, conn_max_age=60, conn_health_checks=True)
    if _DATABASE_URL
    else _SQLITE
}
# PgBouncer in transaction mode: no cursor and no connection outlives a transaction.
if os.environ.get("PGBOUNCER", "no") == "yes":
    DATABASES["default"] |= {"DISABLE_SERVER_SIDE_CURSORS": True, "CONN_MAX_AGE": 0}
    os.environ.pop("PGOPTIONS", None)  # which it refuses: the limits stand at the role (README)
# A streaming replica that public pages are read from (config/replica.py).
if os.environ.get("REPLICA_URL") and not TRAINING:
    DATABASES["replica"] = dj_database_url.parse(
        os.environ["REPLICA_URL"], conn_max_age=60, conn_health_checks=True
    )
    DATABASES["replica"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 2)
DATABASE_ROUTERS = ["config.replica.Router"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "registries.Account"
PASSWORD_HASHERS = ["registries.passwords.Steady"]
AUTHENTICATION_BACKENDS = ["registries.signin.RoleBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": int(os.environ.get("PASSWORD_LENGTH", "8"))},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "registries.passwords.NoKnownWord"},
]
# A rule that asks nothing is left out: it would stand as an empty line in the list of rules.
AUTH_PASSWORD_VALIDATORS += [
    {"NAME": f"registries.passwords.{rule}", "OPTIONS": {option: number}}
    for rule, option, number in (
        ("OfSeveralKinds", "least", int(os.environ.get("PASSWORD_KINDS", "0"))),
        ("NotUsedBefore", "last", int(os.environ.get("PASSWORD_HISTORY", "5"))),
    )
    if number
]
# after so many days another must be chosen; 0: never
PASSWORD_DAYS = int(os.environ.get("PASSWORD_DAYS", "0"))
# Failures within so many minutes: of an account from one address or one known browser; from
# one address; of an account
# on unknown browsers, wherever they are.
SIGNIN_MINUTES = int(os.environ.get("SIGNIN_MINUTES", "15"))
SIGNIN_TRIES = int(os.environ.get("SIGNIN_TRIES", "5"))
SIGNIN_ADDRESS_TRIES = int(os.environ.get("SIGNIN_ADDRESS_TRIES", "50"))
SIGNIN_ACCOUNT_TRIES = int(os.environ.get("SIGNIN_ACCOUNT_TRIES", "20"))
# Roles whose accounts must have a second factor; in production everybody who draws, decides,
# publishes or keeps accounts.
_MUST = "officer,security,auditor,supervisor,clerk,head,legal" if _DATABASE_URL and not TRAINING else ""
SECOND_FACTOR_ROLES = {
    each.strip() for each in os.environ.get("SECOND_FACTOR_ROLES", _MUST).split(",") if each.strip()
}
if unknown := SECOND_FACTOR_ROLES - set(_ROLES):
    raise ImproperlyConfigured(
        f"SECOND_FACTOR_ROLES 里没有这样的角色：{'、'.join(sorted(unknown))}；有的是：{'、'.join(_ROLES)}"
    )
# 统一身份认证 (OpenID Connect): the issuer's address (none: no such door), our name and secret
# there, which claim names the
# person, and whether the provider's own sign-in counts as two factors.
OIDC_ISSUER = os.environ.get("OIDC_ISSUER", "")
OIDC_CLIENT_ID = os.environ.get("OIDC_CLIENT_ID", "")
OIDC_CLIENT_SECRET = os.environ.get("OIDC_CLIENT_SECRET", "")
OIDC_SCOPE = os.environ.get("OIDC_SCOPE", "openid")
OIDC_CLAIM = os.environ.get("OIDC_CLAIM", "sub")
OIDC_TITLE = os.environ.get("OIDC_TITLE", "统一身份认证")
OIDC_IS_SECOND = _switch("OIDC_IS_SECOND", "no")
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/desk/"
LOGOUT_REDIRECT_URL = "/"
# What a printed QR code leads to; without it the address is relative and the page says so.
PUBLIC_URL = os.environ.get("PUBLIC_URL", "").rstrip("/")
# How long this server hands a public page out again without asking; browsers are told the page's own time.
PUBLIC_SECONDS = int(os.environ.get("PUBLIC_SECONDS", "60"))
# How long what was judged waits before the public sees it, so that a slip may still be stopped.
PUBLISH_HOLD_MINUTES = int(os.environ.get("PUBLISH_HOLD_MINUTES", "10"))
LETTERS_AN_HOUR = int(os.environ.get("LETTERS_AN_HOUR", "10"))  # from one address
# Pages in each process; what is counted against a limit apart from them, and in common where there is Redis.
_LOCAL = "django.core.cache.backends.locmem.LocMemCache"
CACHES = {
    "default": {"BACKEND": _LOCAL, "OPTIONS": {"MAX_ENTRIES": 1000}},
    # Apart from the pages, which made-up questions push out: the frames of the pages and what
    # is counted once a minute.
    "template_fragments": {"BACKEND": _LOCAL, "LOCATION": "frames"},
    "counters": {"BACKEND": _LOCAL, "LOCATION": "counters", "OPTIONS": {"MAX_ENTRIES": 100_000}},
    # What the desk has counted beside an entry of the journal (config/office/kept.py).
    "kept": {"BACKEND": _LOCAL, "LOCATION": "kept", "OPTIONS": {"MAX_ENTRIES": 200}},
}
if os.environ.get("REDIS_URL"):
    CACHES["counters"] = {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": os.environ["REDIS_URL"],
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},  # somebody waits for the page
    }
# Behind whoever sits at the desk: how many times as long as it worked this process rests.
GIVES_WAY = float(os.environ.get("GIVES_WAY", "0"))
ROLES = _ROLES

SESSION_HOURS = float(os.environ.get("SESSION_HOURS", "12"))  # the longest sitting
SESSION_IDLE_MINUTES = float(os.environ.get("SESSION_IDLE_MINUTES", "30"))  # without a look or an act
SESSION_COOKIE_AGE = int(SESSION_HOURS * 3600)
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HAS_TLS
# A name that browsers take only over TLS, for this very host and all its paths: no neighbour
# of the domain can set it.
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME, KNOWN_COOKIE_NAME = (
    ("__Host-session", "__Host-csrf", "__Host-known") if HAS_TLS else ("sessionid", "csrftoken", "known")
)
SESSION_COOKIE_HTTPONLY = True
SECURE_HSTS_SECONDS = 31_536_000 if HAS_TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HAS_TLS  # of this very host
SECURE_SSL_REDIRECT = HAS_TLS  # the front server's duty first; whoever asks past it is led there too
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]  # the container asks itself, without a certificate
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HAS_TLS else None
# Being on the browsers' own list is the domain's owner's to ask for, not a county bureau's.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"  # legal days; what is stored is UTC
USE_TZ = True
USE_I18N = True
LOCALE_PATHS = [BASE_DIR / "config/locale"]  # Django's own sentences, as the desk says them

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
# What a front server reads lies apart from what is nobody's to read.
SERVED_DIR = Path(os.environ.get("MINGQIAN_SERVED", VAR_DIR))
PUBLIC_PREFIX = "training/" if TRAINING else ""
STATIC_ROOT = SERVED_DIR / "static"
# Behind nginx the files' names carry their hash (collectstatic writes them), so that no
# browser mixes two versions.
_STATIC = "ManifestStaticFilesStorage" if _switch("STATIC_VERSIONED", "no") else "StaticFilesStorage"
# Kept files: a folder of this machine, or a bucket that several share (registries/shelf.py).
_KEPT = {"BACKEND": "registries.shelf.Folder"}
if os.environ.get("FILES_BUCKET"):
    _KEPT = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": os.environ["FILES_BUCKET"],
            "endpoint_url": os.environ.get("FILES_ENDPOINT") or None,
            "region_name": os.environ.get("FILES_REGION") or None,
            "access_key": os.environ.get("FILES_KEY") or None,
            "secret_key": os.environ.get("FILES_SECRET") or None,
            "default_acl": None,
            "file_overwrite": True,  # the same name is the same file
        },
    }
# 公开日志: its tiles and checkpoints, for anybody to read, where the front server reads too or in the bucket;
# its keys and its mark on the disk of the one machine that signs, and nowhere else.
LOG_DIR = SERVED_DIR / "log" / PUBLIC_PREFIX
LOG_KEYS_DIR = Path(os.environ.get("LOG_KEYS_DIR", "") or VAR_DIR / "log-keys")
_LOG = {"BACKEND": "registries.shelf.ServedFolder"}
if os.environ.get("FILES_BUCKET"):
    _LOG = _KEPT | {"OPTIONS": _KEPT["OPTIONS"] | {"location": f"log/{PUBLIC_PREFIX}"}}
# Under whose name a log is begun: host and path, fixed when it is first signed, whatever the address later.
LOG_HOST = os.environ.get("LOG_HOST", "") or PUBLIC_URL.partition("://")[2] or "localhost"
# An embedded installation makes its key by itself; where there are several machines somebody does (log_key).
LOG_KEY_BY_ITSELF = not _DATABASE_URL
STORAGES = {
    "log": _LOG,
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": f"django.contrib.staticfiles.storage.{_STATIC}"},
    "kept": _KEPT,
}
WHITENOISE_USE_FINDERS = True
FILES_DIR = VAR_DIR / "files"
# Where other departments put their files (in/机关/来源) and take ours (out/机关/接收方).
EXCHANGE_DIR = Path(os.environ.get("EXCHANGE_DIR", "") or VAR_DIR / "exchange")
# Whole public lists, written once; with HANDS_OVER nginx hands them out
# (config/deploy/nginx/mingqian.inc, /kept/).
PUBLIC_DIR = SERVED_DIR / "public" / PUBLIC_PREFIX
for _each in (STATIC_ROOT, PUBLIC_DIR, LOG_DIR):
    if not _each.exists():
        _each.mkdir(parents=True, exist_ok=True)
        _each.chmod(0o755)  # however private the service keeps what it makes: another user reads here
HANDS_OVER = _switch("HANDS_OVER", "no")
DATA_UPLOAD_MAX_MEMORY_SIZE = max(64 * 1024 * 1024, bounds.MAX_BYTES)  # a delivery's body is a file
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

REDIS_URL = os.environ.get("REDIS_URL", "")
CELERY_BROKER_URL = REDIS_URL or "memory://"
CELERY_TASK_ALWAYS_EAGER = not REDIS_URL
CELERY_TASK_EAGER_PROPAGATES = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 600
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_HIJACK_ROOT_LOGGER = False  # worker and beat write the lines that web writes (LOGGING)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Beyond the time limit, so that no task is handed out twice while it runs; a draw is found
# by the sweep long before.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "socket_connect_timeout": 3,
    "socket_keepalive": True,
    # Whoever rings a broken bell is a person waiting for a page.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.2,
}
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
# Seconds. Without Redis the sweep is the only bell, so it comes more often.
SWEEP_EVERY = float(os.environ.get("SWEEP_EVERY", "30" if REDIS_URL else "10"))
CELERY_TIMEZONE = TIME_ZONE
# A server that was off for longer than this, by its clock, is asked about before anything happens
# because its day has come.
CLOCK_GAP_DAYS = float(os.environ.get("CLOCK_GAP_DAYS", "15"))
# 消息外发: the gateway that takes each message (政务微信, 钉钉, SMS), the secret that signs
# what leaves, the hours in
# which nothing leaves ("22-7"), and whether a digest goes out by e-mail each morning (EMAIL_… says how).
NOTIFY_URL = os.environ.get("NOTIFY_URL", "")
NOTIFY_SECRET = os.environ.get("NOTIFY_SECRET", "")
NOTIFY_QUIET = os.environ.get("NOTIFY_QUIET", "22-7")
NOTIFY_MAIL = _switch("NOTIFY_MAIL", "no")
# Whether the public pages offer to tell by e-mail what is published.
SUBSCRIPTIONS = _switch("SUBSCRIPTIONS", "no")
if NOTIFY_URL and (len(NOTIFY_SECRET) < 16 or not NOTIFY_URL.startswith(("https://", "http://"))):
    raise ImproperlyConfigured("NOTIFY_URL 须是 http(s) 网址，并设置至少 16 个字符的 NOTIFY_SECRET")
EMAIL_HOST = os.environ.get("EMAIL_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("EMAIL_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_PASSWORD", "")
EMAIL_USE_TLS = _switch("EMAIL_TLS", "no")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = os.environ.get("EMAIL_FROM", "mingqian@localhost")
# Whoever gathers numbers shows this token at /metrics; without one there is no such page.
METRICS_TOKEN = os.environ.get("METRICS_TOKEN", "")
if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):  # where gunicorn's processes count together
    Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]).mkdir(mode=0o700, parents=True, exist_ok=True)

CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"
IMPORT_EXPORT_ESCAPE_FORMULAE_ON_EXPORT = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "config.logs.JsonLines"}, "plain": {}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": os.environ.get("LOG_FORMAT", "plain")}
    },
    "root": {"handlers": ["console"], "level": os.environ.get("LOG_LEVEL", "WARNING")},
}
