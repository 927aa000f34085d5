"""The report of an audit: what systems answered comes in; a page, tables and a summary go out.

``build`` makes the figures, ``wording`` says of them what they allow and no more, ``flags`` says what else has to be known, and
``page``, ``summary`` and ``tidy`` write them down.
"""
