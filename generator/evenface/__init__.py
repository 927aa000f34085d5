"""Balanced, identity-consistent synthetic faces for the audit of face systems."""

__version__ = "0.2.0"
