"""Balanced, identity-consistent synthetic faces for the audit of face systems."""

__version__ = "0.1.0"
