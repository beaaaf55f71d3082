"""Settings for all tests."""

import os

import hypothesis

os.environ.setdefault("MPLBACKEND", "Agg")

hypothesis.settings.register_profile("default", deadline=None, max_examples=60)
hypothesis.settings.register_profile("thorough", deadline=None, max_examples=1000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
