"""Balanced, identity-consistent synthetic faces for the audit of face systems."""

__version__ = "0.3.0"
