"""A pytest plugin: tracebacks in logs as plain text. Drawn ones cost a second each, and what is
given up for want of its protection is given up hundreds of times."""

import structlog

structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        ),
    ]
)
