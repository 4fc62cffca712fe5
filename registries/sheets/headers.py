"""Headers of tables as people write them, and as they are recognised: the one reader of all kinds of tables.
Plain Python."""

import re


def plain_header(header):
    """A header as it is compared: no white space, stars, colons or bracketed remarks."""
    folded = re.sub(r"[\s*:：]|[（(](?!负责人|街道).*?[）)]", "", header)
    return folded.replace("（", "(").replace("）", ")")


class Headers:
    """What the columns of a kind of table may be called.

    `names`: {field: [headers as people write them, the likeliest first]}. `plain`: how a header is compared.
    `more`: what recognises a header that is in no list (a cell, compared, in; a field or None out).
    """

    def __init__(self, names, plain=plain_header, more=lambda cell: None):
        self.plain, self.more = plain, more
        self.known = {}
        for field, written in names.items():
            for rank, header in enumerate(written):
                self.known.setdefault(plain(header), (field, rank))

    def __contains__(self, cell):
        return self.plain(cell) in self.known

    def field_of(self, cell):
        """The field that a cell names, or None."""
        plain = self.plain(cell)
        return self.known[plain][0] if plain in self.known else self.more(plain)

    def begun_by(self, cell):
        """(field, what follows the known header, the known header) of a cell that begins so, or Nones."""
        plain = self.plain(cell)
        header = max(filter(plain.startswith, self.known), key=len, default=None)
        if header is None or (len(plain) > 40 and plain != header):
            return None, None, None
        return self.known[header][0], plain[len(header) :], header

    def columns(self, row):
        """{field: [(rank of the header it has, column)]} of a row of cells."""
        found = {}
        for column, cell in enumerate(row):
            field = self.field_of(cell)
            if field:
                rank = self.known.get(self.plain(cell), (field, 0))[1]
                found.setdefault(field, []).append((rank, column))
        return found

    def mapping(self, row):
        """{field: column} of a row: of two columns the one with the likelier header, then the first."""
        return {field: min(places)[1] for field, places in self.columns(row).items()}


def most_telling(rows, read, most=20):
    """The place of the leading row for which `read` (cells in, a mapping or nothing out) finds most columns,
    the first of equals; None where it finds none. A form's head may name the bureau itself."""
    found = [(len(told), -place) for place, row in enumerate(rows[:most]) if (told := read(row))]
    return -max(found)[1] if found else None
