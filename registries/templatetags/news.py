"""How many messages an account has not read: beside the word 消息 on every page of the inspectors."""

from django import template

from registries.models import Message

register = template.Library()


@register.simple_tag
def unread(account):
    return Message.objects.of(account).unread().order_by().count() if account.is_authenticated else 0
