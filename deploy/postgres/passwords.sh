#!/usr/bin/env bash
# Gives the roles of roles.sql their passwords, from tasks_password, audit_password and
# so on in the environment. Where the server is, psql's own variables say (PGHOST,
# PGUSER, …), or those of the postgres image. It takes psql 15 or newer.
# (The image reads this file into its own shell: hence the parentheses.)
(
  set -eu
  export PGUSER=${PGUSER:-${POSTGRES_USER:-postgres}}
  export PGDATABASE=${PGDATABASE:-${POSTGRES_DB:-$PGUSER}}
  for label in tasks audit reminders notifications recurrence deadletters search updates; do
    password="${label}_password"
    if [ -z "${!password:-}" ]; then
      echo "$password must hold the password of duebell_$label" >&2
      exit 1
    fi
    # By the environment: arguments can be seen by others.
    printf '%s\n' "\\getenv password $password" "ALTER ROLE duebell_$label PASSWORD :'password';" |
      psql --no-psqlrc --quiet --set ON_ERROR_STOP=1
  done
)
