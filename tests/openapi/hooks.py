"""What schemathesis cannot know of the requests that it makes."""

import schemathesis

# How long tickets are.
TICKET = 43


@schemathesis.hook
def before_call(context, case, kwargs):
    """Headers are text, and nobody makes up what only the service can make.

    Of an answer's numbers schemathesis makes headers that are numbers, which its client
    refuses to send. And only the service makes cursors and tickets: what is to be taken
    has none. Those that are to be refused stay as they are.

    Nor does anybody make up what frames a message: a wrong length is answered by the
    server, before any route is looked for.
    """
    for name in ("content-length", "transfer-encoding", "expect", "host"):
        (case.headers or {}).pop(name, None)
    for name, value in list((case.headers or {}).items()):
        if not isinstance(value, (str, bytes)):
            case.headers[name] = str(value)
    # One that the service made, found in an answer, lets in without a token: as it should.
    ticket = (case.query or {}).get("ticket")
    if isinstance(ticket, str) and len(ticket) == TICKET:
        case.query.pop("ticket")
    if case.meta and case.meta.generation.mode.is_positive and case.query:
        for name in ("cursor", "ticket"):
            case.query.pop(name, None)


@schemathesis.serializer("application/websocket-events")
def websocket_events(context, value):
    """The events of a WebSocket, as text."""
    return value if isinstance(value, bytes) else str(value).encode()
