#!/usr/bin/env bash
# Makes in Redpanda (or any Kafka that rpk reaches) what ../strimzi makes in a cluster:
# the topics, and a user for each pubsub component who may do what that does. It takes
# rpk with a profile of yours (`rpk cloud login`), kubectl, and the passwords that
# `secrets.sh production` made. It can be run again: users then get the passwords anew.
set -euo pipefail

rpk=${RPK:-rpk} kubectl=${KUBECTL:-kubectl}

events=(task-events reminder-events task-updates audit-events)
letters=(audit-sink-dlq reminder-trigger-dlq notifier-dlq recurrence-dlq search-indexer-dlq live-updates-dlq)
groups=(audit-sink reminder-trigger notifier recurrence dead-letters search-indexer live-updates)

# As many partitions as pods of a consumer can have work. More later would part a user's
# events from those before.
for topic in "${events[@]}" "${letters[@]}"; do
  $rpk topic create "$topic" --if-not-exists --partitions 12 --replicas 3 --topic-config retention.ms=604800000
done

user() {
  local password
  password=$($kubectl get secret "kafka-$1" --namespace duebell --output 'jsonpath={.data.password}' | base64 --decode)
  $rpk security user create "kafka-$1" --password "$password" --mechanism SCRAM-SHA-512 ||
    $rpk security user update "kafka-$1" --new-password "$password" --mechanism SCRAM-SHA-512
}

# may USER OPERATIONS (--topic|--group) NAME...
may() {
  local user=$1 operations=$2 kind=$3
  shift 3
  local name
  for name in "$@"; do
    $rpk security acl create --allow-principal "User:kafka-$user" --operation "$operations" "$kind" "$name"
  done
}

user publisher
may publisher describe,write --topic "${events[@]}"

user audit-sink
may audit-sink describe,read --topic task-events reminder-events audit-events
user reminder-trigger
may reminder-trigger describe,read --topic reminder-events
user notifier
may notifier describe,read --topic task-events reminder-events
user recurrence
may recurrence describe,read --topic task-events
user search-indexer
may search-indexer describe,read --topic task-events
user live-updates
may live-updates describe,read --topic task-updates
user dead-letters
may dead-letters describe,read --topic "${letters[@]}"

for group in "${groups[@]}"; do
  may "$group" describe,read --group "$group"
  if [ "$group" != dead-letters ]; then
    may "$group" describe,write --topic "$group-dlq"
  fi
done

user keda
may keda describe --topic "${events[@]}" "${letters[@]}"
may keda describe --group "${groups[@]}"
