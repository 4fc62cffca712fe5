"""The sign-in adapter: whoever vouches for a person (a password, 统一身份认证), rights come from roles."""

from django.contrib.auth.backends import ModelBackend


class RoleBackend(ModelBackend):
    """Password sign-in; an account past its date cannot sign in. Gives no right of its own."""

    def user_can_authenticate(self, user):
        return user.is_usable()

    def has_perm(self, user_obj, perm, obj=None):
        return user_obj.has_perm(perm, obj)

    def get_user_permissions(self, user_obj, obj=None):
        return set()

    def get_all_permissions(self, user_obj, obj=None):
        return user_obj.acts()
