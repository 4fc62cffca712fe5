"""Settings of the scan's positive control: the same site with one page that hands back what it is asked (planted_urls)."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "tests.trials.planted_urls"
