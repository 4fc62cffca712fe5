"""How the journal and the clocks of a case speak of a thing."""


class Keyed:
    """The journal says "case 12" (`about`), a case's events say "finding:7" (`thread`).

    ABOUT: the noun, where it is not the model's name. KEY: the attribute that tells one from another.
    """

    ABOUT = ""
    KEY = "pk"

    @classmethod
    def about_of(cls, key):
        """As `about`, where only the key is known."""
        return f"{cls.ABOUT or cls._meta.model_name} {key}"

    @classmethod
    def key_in(cls, about):
        """The key back out of what `about` said."""
        return about.removeprefix(cls.about_of(""))

    @classmethod
    def thread_of(cls, key):
        return f"{cls._meta.model_name}:{key}"

    @property
    def about(self):
        return self.about_of(getattr(self, self.KEY))

    @property
    def thread(self):
        return self.thread_of(self.pk)
