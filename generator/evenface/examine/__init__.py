"""Examinations of a set of pictures: labels and balance, separation of people, leakage, audits of face systems."""
