"""Publishes a task event by gRPC, as the contract shows it."""

from dapr.clients import DaprClient
from models import TaskEvent, TaskEventData, TaskEventType

event = TaskEvent(
    event_type=TaskEventType.CREATED,
    task_id=123,
    user_id="user-456",
    task_data=TaskEventData(title="Buy groceries", completed=False, priority="high"),
)

with DaprClient() as client:
    client.publish_event(
        pubsub_name="pubsub-kafka",
        topic_name="task-events",
        data=event.model_dump_json(),
        data_content_type="application/json",
    )

print(event.model_dump_json())
