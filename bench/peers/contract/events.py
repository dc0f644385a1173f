"""The contract's events, and how they are published."""

import logging
import os
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import uuid4

import httpx
from pydantic import BaseModel, Field

log = logging.getLogger("uvicorn.error")

TASK_EVENTS = "task-events"
TASK_UPDATES = "task-updates"


def now() -> datetime:
    return datetime.now(UTC)


class TaskEventType(StrEnum):
    CREATED = "task.created"
    UPDATED = "task.updated"
    COMPLETED = "task.completed"
    DELETED = "task.deleted"


class TaskEventData(BaseModel):
    title: str
    description: str | None = None
    completed: bool = False
    priority: str = "medium"
    due_date: datetime | None = None
    tags: list[str] = []
    recurring_pattern: str | None = None
    next_occurrence: datetime | None = None


class TaskEvent(BaseModel):
    event_type: TaskEventType
    task_id: int
    user_id: str
    task_data: TaskEventData
    timestamp: datetime = Field(default_factory=now)
    correlation_id: str = Field(default_factory=lambda: str(uuid4()))


class TaskUpdateEventType(StrEnum):
    SYNC = "task.sync"
    REMINDER = "task.reminder"


class TaskUpdateAction(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    COMPLETED = "completed"
    DELETED = "deleted"
    REMINDER = "reminder"


class TaskUpdateEvent(BaseModel):
    event_type: TaskUpdateEventType
    task_id: int
    user_id: str
    action: TaskUpdateAction
    changes: dict[str, Any] = {}
    source_client: str | None = None
    timestamp: datetime = Field(default_factory=now)


def headers() -> dict[str, str]:
    headers = {"content-type": "application/json"}
    if token := os.environ.get("DAPR_API_TOKEN"):
        headers["dapr-api-token"] = token
    return headers


# One client, so that connections to the sidecar are kept.
sidecar = httpx.AsyncClient(
    base_url=os.environ.get("DAPR_HTTP_ENDPOINT", "http://localhost:3500"),
    headers=headers(),
    limits=httpx.Limits(max_connections=100, max_keepalive_connections=100),
)


async def publish(topic: str, event: TaskEvent | TaskUpdateEvent) -> None:
    """Publishes an event, a user's in their order.

    The task is committed by then: what cannot be published is told to the log, not to
    the user.
    """
    try:
        response = await sidecar.post(
            f"/v1.0/publish/pubsub-kafka/{topic}",
            params={"metadata.partitionKey": event.user_id},
            content=event.model_dump_json(),
        )
        response.raise_for_status()
    except httpx.HTTPError as error:
        log.error("not published to %s: %s: %s", topic, error, event)
