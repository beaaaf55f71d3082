"""Model files: JSON with a version, safe to open, written whole or not at all; no pickle."""

from mixtura.files.model import load, save

__all__ = ["load", "save"]
