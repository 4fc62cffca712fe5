"""Doubles of the platforms that the bureau exchanges data with, and a month played against them."""
