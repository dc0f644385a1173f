-- A role for each of Duebell's databases, with a schema of its own and no rights beyond
-- it. Run it once, as an owner of the database; give each role a password then:
--
--   psql postgres://owner@host/duebell -f deploy/postgres/roles.sql
--   ALTER ROLE duebell_tasks LOGIN PASSWORD '…';
--
-- A schema that is called as its role is the first in the role's search path, so that
-- components need no more than an address. Their tables they make themselves.

REVOKE ALL ON SCHEMA public FROM PUBLIC;

DO $do$
DECLARE
    role text;
BEGIN
    FOREACH role IN ARRAY ARRAY[
        'duebell_tasks', 'duebell_audit', 'duebell_reminders', 'duebell_notifications',
        'duebell_recurrence', 'duebell_deadletters', 'duebell_search', 'duebell_updates'
    ] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
            EXECUTE format('CREATE ROLE %I', role);
        END IF;
        -- Whoever is not a superuser has to be one of them to make what is theirs.
        EXECUTE format('GRANT %I TO CURRENT_USER', role);
        EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I AUTHORIZATION %I', role, role);
        -- A component that is killed in the middle of its work does not hold others up.
        EXECUTE format('ALTER ROLE %I SET idle_in_transaction_session_timeout = %L', role, '10s');
        EXECUTE format('ALTER ROLE %I SET statement_timeout = %L', role, '30s');
    END LOOP;
END
$do$;
