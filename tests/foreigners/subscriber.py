"""Subscribes to all topics, as the contract shows it, and reads every event into its
models. What it has read is at /seen, what it could not read at /failed."""

import sys

import uvicorn
from fastapi import FastAPI
from models import ReminderEvent, TaskEvent, TaskUpdateEvent

app = FastAPI()
seen: list[dict] = []
failed: list[str] = []

TOPICS = {
    "task-events": ("/events/task", TaskEvent),
    "reminder-events": ("/events/reminder", ReminderEvent),
    "task-updates": ("/events/update", TaskUpdateEvent),
}


@app.get("/dapr/subscribe")
def subscribe():
    return [
        {"pubsubname": "pubsub-kafka", "topic": topic, "route": route}
        for topic, (route, _) in TOPICS.items()
    ]


def handler(topic, model):
    async def handle(event_data: dict):
        # Dapr wraps event in CloudEvents envelope
        try:
            event = model(**event_data["data"])
        except Exception as error:  # The test wants to know of it.
            failed.append(f"{topic}: {error}: {event_data}")
            return {"success": True}
        seen.append({"topic": topic, "event": event.model_dump(mode="json")})
        return {"success": True}

    return handle


for topic, (route, model) in TOPICS.items():
    app.post(route)(handler(topic, model))


@app.get("/seen")
def what_was_seen():
    return seen


@app.get("/failed")
def what_failed():
    return failed


@app.get("/healthz")
def healthz():
    return {}


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
