"""Audit: runs face systems on a labelled set and states their error rates by group, with intervals."""
