"""A piece of news prepared by the clerk, with any text."""

from publicity.services import publications


def news(cast, text="各企业请自查。", **more):
    return publications.prepare_news(
        cast.clerk.bureau, "notice", "关于自查的通知", text, by=cast.clerk, **more
    )
