"""The tasks of the contract: an API that publishes events, and what consumes them.

Endpoints are coroutines, and SQLite is called from them as it is: a statement takes less
than handing it to a thread, and commits of one process do not compete for SQLite's lock.
README.md has what this was measured against.
"""

import asyncio
import os
import secrets
from collections import defaultdict
from collections.abc import AsyncIterable
from contextlib import asynccontextmanager
from typing import Annotated

import jwt
from fastapi import Depends, FastAPI, Header, HTTPException, Query, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import ValidationError
from sqlmodel import SQLModel, func, select

from events import (
    TASK_EVENTS,
    TASK_UPDATES,
    TaskEvent,
    TaskEventData,
    TaskEventType,
    TaskUpdateAction,
    TaskUpdateEvent,
    TaskUpdateEventType,
    log,
    now,
    publish,
    sidecar,
)
from models import (
    AuditEntry,
    ProcessedEvent,
    SessionDep,
    Task,
    TaskCreate,
    TaskList,
    TaskPublic,
    TaskUpdate,
    engine,
)

JWT_SECRET = os.environ["JWT_SECRET"]
APP_API_TOKEN = os.environ.get("APP_API_TOKEN", "")


@asynccontextmanager
async def lifespan(_app: FastAPI):
    # Of two workers that start at once, one makes the tables.
    with engine.begin() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        SQLModel.metadata.create_all(connection)
    yield
    await sidecar.aclose()


app = FastAPI(title="Tasks", lifespan=lifespan)


async def current_user(
    bearer: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())],
) -> str:
    try:
        claims = jwt.decode(
            bearer.credentials,
            JWT_SECRET,
            algorithms=["HS256"],
            options={"require": ["sub"]},
        )
    except jwt.InvalidTokenError as error:
        raise HTTPException(
            401, f"The token is not valid: {error}", {"WWW-Authenticate": "Bearer"}
        ) from error
    return claims["sub"]


async def from_sidecar(dapr_api_token: Annotated[str, Header()] = "") -> None:
    if APP_API_TOKEN and not secrets.compare_digest(
        dapr_api_token.encode(), APP_API_TOKEN.encode()
    ):
        raise HTTPException(401, "Only the sidecar delivers events.")


User = Annotated[str, Depends(current_user)]
Limit = Annotated[int, Query(ge=1, le=200)]


async def own_task(task_id: int, user: User, session: SessionDep) -> Task:
    task = session.get(Task, task_id)
    if task is None or task.user_id != user:
        raise HTTPException(404, "You have no task with this id.")
    return task


OwnTask = Annotated[Task, Depends(own_task)]


async def publish_change(task: Task, event_type: TaskEventType, changes: dict) -> None:
    await publish(
        TASK_EVENTS,
        TaskEvent(
            event_type=event_type,
            task_id=task.id,
            user_id=task.user_id,
            task_data=TaskEventData.model_validate(task, from_attributes=True),
        ),
    )
    await publish(
        TASK_UPDATES,
        TaskUpdateEvent(
            event_type=TaskUpdateEventType.SYNC,
            task_id=task.id,
            user_id=task.user_id,
            action=TaskUpdateAction[event_type.name],
            changes=changes,
        ),
    )


@app.post("/api/tasks", status_code=201, response_model=TaskPublic)
async def create_task(new: TaskCreate, user: User, session: SessionDep, response: Response):
    task = Task(**new.model_dump(), user_id=user)
    # 1. Save to DB
    session.add(task)
    session.commit()
    # 2. Publish events
    await publish_change(task, TaskEventType.CREATED, new.model_dump(mode="json"))
    response.headers["Location"] = f"/api/tasks/{task.id}"
    return task


@app.get("/api/tasks", response_model=TaskList)
async def list_tasks(user: User, session: SessionDep, limit: Limit = 50):
    own = select(Task).where(Task.user_id == user)
    return {"items": session.exec(own.order_by(Task.id.desc()).limit(limit)).all()}


@app.get("/api/tasks/{task_id}", response_model=TaskPublic)
async def get_task(task: OwnTask):
    return task


@app.patch("/api/tasks/{task_id}", response_model=TaskPublic)
async def update_task(changed: TaskUpdate, task: OwnTask, session: SessionDep):
    task.sqlmodel_update(changed.model_dump(exclude_unset=True))
    task.updated_at = now()
    session.commit()
    changes = changed.model_dump(mode="json", exclude_unset=True)
    await publish_change(task, TaskEventType.UPDATED, changes)
    return task


@app.post("/api/tasks/{task_id}/complete", response_model=TaskPublic)
async def complete_task(task: OwnTask, session: SessionDep):
    if not task.completed:
        task.completed = True
        task.updated_at = now()
        session.commit()
        await publish_change(task, TaskEventType.COMPLETED, {"completed": True})
    return task


@app.delete("/api/tasks/{task_id}", status_code=204)
async def delete_task(task: OwnTask, session: SessionDep):
    session.delete(task)
    session.commit()
    await publish_change(task, TaskEventType.DELETED, {})


@app.get("/dapr/subscribe")
async def subscribe():
    return [
        {"pubsubname": "pubsub-kafka", "topic": TASK_EVENTS, "route": "/events/task"},
        {"pubsubname": "pubsub-kafka", "topic": TASK_UPDATES, "route": "/events/updates"},
    ]


@app.post("/events/task", dependencies=[Depends(from_sidecar)])
async def handle_task_event(event_data: dict, session: SessionDep):
    """Audits an event, once: what says so is committed with it."""
    try:
        # Dapr wraps event in CloudEvents envelope
        event = TaskEvent(**event_data["data"])
    except (KeyError, TypeError, ValidationError) as error:
        log.error("dropped from %s: %s: %s", TASK_EVENTS, error, event_data)
        return {"status": "DROP"}
    # Check if already processed (use correlation_id)
    if session.get(ProcessedEvent, event.correlation_id):
        # Without the contract's status "already_processed": Dapr does not know it, and
        # would deliver the event again.
        return {"success": True}
    session.add(
        AuditEntry(
            user_id=event.user_id,
            task_id=event.task_id,
            event_type=event.event_type,
            event=event.model_dump(mode="json"),
        )
    )
    session.add(ProcessedEvent(correlation_id=event.correlation_id))
    # Of two deliveries at once, the primary key lets the second fail, and it comes again.
    session.commit()
    return {"success": True}


@app.get("/api/audit")
async def audit(user: User, session: SessionDep, limit: Limit = 50):
    own = select(AuditEntry).where(AuditEntry.user_id == user)
    items = session.exec(own.order_by(AuditEntry.id.desc()).limit(limit)).all()
    number = session.exec(select(func.count()).select_from(own.subquery())).one()
    return {"items": items, "head": {"number": number}}


# Each user's open streams, in this process.
streams: defaultdict[str, set[asyncio.Queue]] = defaultdict(set)


@app.post("/events/updates", dependencies=[Depends(from_sidecar)])
async def handle_update(event_data: dict):
    """Hands an update to its user's streams."""
    try:
        event = TaskUpdateEvent(**event_data["data"])
    except (KeyError, TypeError, ValidationError) as error:
        log.error("dropped from %s: %s: %s", TASK_UPDATES, error, event_data)
        return {"status": "DROP"}
    for stream in streams.get(event.user_id, ()):
        stream.put_nowait(event)
    return {"success": True}


@app.get("/api/updates", response_class=EventSourceResponse)
async def updates(user: User) -> AsyncIterable[ServerSentEvent]:
    stream: asyncio.Queue[TaskUpdateEvent] = asyncio.Queue()
    streams[user].add(stream)
    try:
        while True:
            yield ServerSentEvent(data=await stream.get(), event="update")
    finally:
        streams[user].discard(stream)
        if not streams[user]:
            del streams[user]


@app.get("/healthz")
async def healthz():
    return {}
