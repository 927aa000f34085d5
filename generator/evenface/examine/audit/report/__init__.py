"""The report of an audit: a page, tables and a summary of what systems answered.

``figures`` computes, ``words`` says what the figures show, ``flags`` says what else a reader has to know, ``tables``, ``plots``
and ``page`` show it, and ``writing`` writes the files.
"""
