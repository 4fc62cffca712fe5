"""统一身份认证: a second door, OpenID Connect. Authlib speaks it (discovery, PKCE, state, nonce,
signature, issuer, audience).

The provider vouches for a person; which account that is, the officer has written on the account (sso_name).
No account is made and no right is given by what a provider says.
"""

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.django_client import OAuth
from django.conf import settings
from joserfc.errors import JoseError
from requests import RequestException

from .errors import DomainError
from .models import Account

_WAIT = 8  # seconds: a person waits for the page


def _provider():
    issuer = settings.OIDC_ISSUER.rstrip("/")
    return OAuth().register(
        "oidc",
        overwrite=True,
        client_id=settings.OIDC_CLIENT_ID,
        client_secret=settings.OIDC_CLIENT_SECRET,
        server_metadata_url=f"{issuer}/.well-known/openid-configuration",
        client_kwargs={
            "scope": settings.OIDC_SCOPE,
            "code_challenge_method": "S256",
            "default_timeout": _WAIT,
        },
    )


def ask(request, back):
    """A redirect to the provider, which comes back to `back`. Raises sso_away."""
    try:
        return _provider().authorize_redirect(request, back)
    except (RequestException, AuthlibBaseError, ValueError) as wrong:
        raise DomainError("sso_away") from wrong


def account_of(request):
    """The account that the provider's answer is about. Raises sso_failed, sso_away and sso_unknown."""
    try:
        token = _provider().authorize_access_token(request)
    except RequestException as wrong:
        raise DomainError("sso_away") from wrong
    except (AuthlibBaseError, JoseError, ValueError, KeyError, RuntimeError, TypeError) as wrong:
        raise DomainError("sso_failed") from wrong
    told = token.get("userinfo") or {}
    name = str(told.get(settings.OIDC_CLAIM) or "")
    account = Account.objects.filter(sso_name=name).first() if name else None
    if account is None:
        raise DomainError("sso_unknown")
    return account
