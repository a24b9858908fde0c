"""The administrator's first steps: ``init`` writes what he includes, ``check`` looks at what is."""
