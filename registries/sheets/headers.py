"""Headers of tables as people write them, and as they are recognised."""

import re


def plain_header(header):
    """A header as it is compared: no white space, stars, colons or bracketed remarks."""
    folded = re.sub(r"[\s*:：]|[（(](?!负责人|街道).*?[）)]", "", header)
    return folded.replace("（", "(").replace("）", ")")
