#!/usr/bin/env bash
# Gives the roles of roles.sql their passwords, from TASKS_PASSWORD, AUDIT_PASSWORD and
# so on in the environment. Where the server is, psql's own variables say (PGHOST,
# PGUSER, …), or those of the postgres image. It takes psql 15 or newer.
# (The image reads this file into its own shell: hence the parentheses.)
(
  set -eu
  export PGUSER=${PGUSER:-${POSTGRES_USER:-postgres}}
  export PGDATABASE=${PGDATABASE:-${POSTGRES_DB:-$PGUSER}}
  for label in TASKS AUDIT REMINDERS NOTIFICATIONS RECURRENCE DEADLETTERS SEARCH UPDATES; do
    password="${label}_PASSWORD"
    : "${!password:?must hold the password of this role}"
    role="duebell_$(echo "$label" | tr '[:upper:]' '[:lower:]')"
    # By the environment: arguments can be seen by others.
    printf '%s\n' "\\getenv password $password" "ALTER ROLE $role PASSWORD :'password';" |
      psql --no-psqlrc --quiet --set ON_ERROR_STOP=1
  done
)
