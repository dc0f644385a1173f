#!/usr/bin/env bash
# Prints the secrets that the manifests refer to, newly made:
#
#   ./secrets.sh local | kubectl create -f -
#   POSTGRES=db.example.com:5432/duebell ./secrets.sh production | kubectl create -f -
#
# `create`, not `apply`: those that are there already stay. What is printed is nowhere
# else; the databases' passwords are in it, and so are those of the users of Kafka
# (which Strimzi makes by itself, where it is the broker).
set -euo pipefail

where=${1:-}
case "$where" in
  local) postgres=postgres:5432/duebell options='' ;;
  production)
    postgres=${POSTGRES:?is to say where Postgres is: host:port/database}
    options='?sslmode=require'
    ;;
  *)
    echo "usage: $0 local|production" >&2
    exit 2
    ;;
esac

# A Secret of this name. Its keys and values follow, in turn.
secret() {
  printf -- '---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: %s\n  namespace: duebell\nstringData:\n' "$1"
  shift
  while [ $# -gt 0 ]; do
    printf '  %s: "%s"\n' "$1" "$2"
    shift 2
  done
}

# A new word each time, of 24 random bytes.
random=$(openssl rand -hex 1024)
next() {
  word=${random:0:48}
  random=${random:48}
}

# Under the name `token`, since Dapr's annotations name a secret and no key.
next && secret app-api-token token "$word"
next && secret dapr-api-token token "$word"
# Of the audit's key, its seed: 32 bytes in base64url.
next && secret duebell \
  jwt-secret "$word" \
  audit-key "$(openssl rand 32 | base64 | tr '+/' '-_' | tr -d '=\n')"

databases=() passwords=()
for label in tasks audit reminders notifications recurrence deadletters search updates; do
  next
  databases+=("$label" "postgres://duebell_$label:$word@$postgres$options")
  passwords+=("${label}_password" "$word")
done
secret databases "${databases[@]}"
# For deploy/postgres/passwords.sh, which gives them to the roles.
if [ "$where" = local ]; then
  next
  passwords+=(POSTGRES_PASSWORD "$word")
fi
secret postgres "${passwords[@]}"

if [ "$where" = production ]; then
  for user in publisher audit-sink reminder-trigger notifier recurrence dead-letters search-indexer live-updates keda; do
    next
    secret "kafka-$user" password "$word"
  done
fi
