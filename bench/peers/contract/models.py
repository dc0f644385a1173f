"""What is stored, and what the API takes and answers."""

import os
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import Depends
from pydantic import AfterValidator, AwareDatetime, StringConstraints
from sqlalchemy import JSON, DateTime, TypeDecorator, event
from sqlmodel import Field, Session, SQLModel, create_engine

from events import now


class UtcDateTime(TypeDecorator):
    """SQLite forgets time zones: every time is in UTC."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value, dialect):
        return value and value.replace(tzinfo=None)

    def process_result_value(self, value, dialect):
        return value and value.replace(tzinfo=UTC)


Title = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Description = Annotated[str, StringConstraints(max_length=10_000)]
Priority = Literal["low", "medium", "high", "urgent"]
Time = Annotated[AwareDatetime, AfterValidator(lambda time: time.astimezone(UTC))]
Tags = Annotated[
    list[Annotated[str, StringConstraints(max_length=50)]], Field(max_length=50)
]


class TaskCreate(SQLModel):
    title: Title
    description: Description | None = None
    completed: bool = False
    priority: Priority = "medium"
    due_date: Time | None = None
    tags: Tags = []
    recurring_pattern: str | None = None


class TaskUpdate(SQLModel):
    """What is not sent stays as it is; the defaults only say that it may be left out."""

    title: Title = ""
    description: Description | None = None
    completed: bool = False
    priority: Priority = "medium"
    due_date: Time | None = None
    tags: Tags = []
    recurring_pattern: str | None = None


class Task(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    user_id: str = Field(index=True)
    title: str
    description: str | None = None
    completed: bool = False
    priority: str = "medium"
    due_date: datetime | None = Field(default=None, sa_type=UtcDateTime)
    tags: list[str] = Field(default_factory=list, sa_type=JSON)
    recurring_pattern: str | None = None
    next_occurrence: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    updated_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class TaskPublic(TaskCreate):
    id: int
    next_occurrence: datetime | None
    created_at: datetime
    updated_at: datetime


class TaskList(SQLModel):
    items: list[TaskPublic]


class AuditEntry(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    user_id: str = Field(index=True)
    task_id: int
    event_type: str
    event: dict = Field(sa_type=JSON)
    recorded_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class ProcessedEvent(SQLModel, table=True):
    correlation_id: str = Field(primary_key=True)


engine = create_engine(
    f"sqlite:///{os.environ.get('DATABASE', 'tasks.db')}",
    # How long another process's commit is waited for.
    connect_args={"timeout": 30},
)


@event.listens_for(engine, "connect")
def configure(connection, _record):
    """What was answered is on disk, and readers do not wait for writers."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


async def get_session():
    # What was committed is answered as it is, and need not be read again.
    with Session(engine, expire_on_commit=False) as session:
        yield session


# It ends with the function, before the answer is sent: no connection of the pool waits for
# a client.
SessionDep = Annotated[Session, Depends(get_session, scope="function")]
