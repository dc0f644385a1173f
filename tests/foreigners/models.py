"""The contract's models, as its document describes them: src/schemas/events.py."""

from datetime import datetime
from enum import Enum
from typing import Any, Optional
from uuid import uuid4

from pydantic import BaseModel, Field


class TaskEventType(str, Enum):
    CREATED = "task.created"
    UPDATED = "task.updated"
    COMPLETED = "task.completed"
    DELETED = "task.deleted"


class TaskEventData(BaseModel):
    title: str
    description: Optional[str] = None
    completed: bool = False
    priority: str = "medium"
    due_date: Optional[datetime] = None
    tags: list[str] = Field(default_factory=list)
    recurring_pattern: Optional[str] = None
    next_occurrence: Optional[datetime] = None


class TaskEvent(BaseModel):
    event_type: TaskEventType
    task_id: int
    user_id: str
    task_data: TaskEventData
    timestamp: datetime = Field(default_factory=datetime.utcnow)
    correlation_id: str = Field(default_factory=lambda: str(uuid4()))


class ReminderEventType(str, Enum):
    SCHEDULED = "reminder.scheduled"
    DUE = "reminder.due"
    CANCELLED = "reminder.cancelled"


class ReminderEvent(BaseModel):
    event_type: ReminderEventType
    reminder_id: int
    task_id: int
    user_id: str
    title: str
    due_at: datetime
    remind_at: datetime
    correlation_id: str = Field(default_factory=lambda: str(uuid4()))


class TaskUpdateEventType(str, Enum):
    SYNC = "task.sync"
    REMINDER = "task.reminder"


class TaskUpdateAction(str, Enum):
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
    changes: dict[str, Any] = Field(default_factory=dict)
    source_client: Optional[str] = None
    timestamp: datetime = Field(default_factory=datetime.utcnow)
