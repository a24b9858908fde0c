"""Lists of people, as files: read whatever they are, mapped to fields, checked row by row.

Pure, but for the file itself. What becomes of the rows is decided in ``crm_store.lists.imports``.
"""
