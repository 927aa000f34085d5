"""Statistics of the reports: intervals, figures of comparison scores, bootstrap over people, tests. Only numbers, no files."""
