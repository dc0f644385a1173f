"""What schemathesis cannot know of the requests that it makes."""

import schemathesis


@schemathesis.hook
def before_call(context, case, kwargs):
    """Only the service makes cursors and tickets: what is to be taken has none.

    Those that are to be refused stay as they are.
    """
    if case.meta and case.meta.generation.mode.is_positive and case.query:
        for name in ("cursor", "ticket"):
            case.query.pop(name, None)


@schemathesis.serializer("application/websocket-events")
def websocket_events(context, value):
    """The events of a WebSocket, as text."""
    return value if isinstance(value, bytes) else str(value).encode()
