-- A role and a schema of the same name for each component's database, all in the one
-- database that this is run in: `psql "$URL" -f roles.sql`, as whoever may create roles.
-- Each role may log in and use its own schema, and nothing else; the default search
-- path ("$user", public) finds it. It can be run again, and then changes nothing.
-- The passwords are given by passwords.sh.
DO $$
DECLARE
  label text;
  owner text;
BEGIN
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  REVOKE ALL ON SCHEMA public FROM PUBLIC;
  FOREACH label IN ARRAY ARRAY[
    'tasks', 'audit', 'reminders', 'notifications',
    'recurrence', 'deadletters', 'search', 'updates'
  ] LOOP
    owner := 'duebell_' || label;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = owner) THEN
      EXECUTE format('CREATE ROLE %I LOGIN NOCREATEDB NOCREATEROLE NOINHERIT', owner);
    END IF;
    -- A transaction that its component has forgotten must not hold up the others.
    EXECUTE format('ALTER ROLE %I SET idle_in_transaction_session_timeout = %L', owner, '10s');
    EXECUTE format('ALTER ROLE %I SET lock_timeout = %L', owner, '5s');
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), owner);
    IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = owner) THEN
      -- Only a member of a role may make it the owner of something; a superuser is one
      -- of all roles without being told so.
      EXECUTE format('GRANT %I TO CURRENT_USER', owner);
      EXECUTE format('CREATE SCHEMA %I AUTHORIZATION %I', owner, owner);
      EXECUTE format('REVOKE %I FROM CURRENT_USER', owner);
    END IF;
  END LOOP;
END
$$;
