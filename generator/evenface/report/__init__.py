"""The report kit of everything that examines or describes a set: tables, the templates of pages, and plots."""

from __future__ import annotations

from evenface.report.table import MISSING, Entry, Table, csv_table, markdown_table, plain, spell

__all__ = ["MISSING", "Entry", "Table", "csv_table", "markdown_table", "plain", "spell"]
