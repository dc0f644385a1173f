//! What Postgres runs in place of some steps: triggers, whose words are its own.

/// The chains: append-only, whoever holds the connection, and not to be emptied either.
pub(super) const CHAINS: &[(usize, &str)] = &[
    (
        3,
        "DO $do$ BEGIN
            CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN
                RAISE EXCEPTION USING ERRCODE = 'check_violation',
                    MESSAGE = 'constraint failed: the audit is append-only';
            END $f$;
            CREATE FUNCTION instant(at TEXT) RETURNS DOUBLE PRECISION LANGUAGE plpgsql AS $f$ BEGIN
                RETURN extract(epoch FROM at::timestamptz);
            EXCEPTION WHEN others THEN
                RETURN NULL;
            END $f$;
            CREATE TRIGGER entries_stay BEFORE DELETE ON entries
                FOR EACH ROW EXECUTE FUNCTION append_only();
            CREATE TRIGGER entries_are_not_emptied BEFORE TRUNCATE ON entries
                EXECUTE FUNCTION append_only();
        END $do$",
    ),
    (
        4,
        "CREATE TRIGGER entries_do_not_change BEFORE UPDATE ON entries FOR EACH ROW
             WHEN (NEW.user_id <> OLD.user_id OR NEW.number <> OLD.number
                OR NEW.event_type <> OLD.event_type OR NEW.task_id <> OLD.task_id
                OR NEW.recorded_at <> OLD.recorded_at OR NEW.sealed <> OLD.sealed
                OR NEW.hash <> OLD.hash OR NEW.salt IS NOT NULL OR NEW.event IS NOT NULL)
             EXECUTE FUNCTION append_only()",
    ),
];

/// Entries change by the erasure of their user alone. (The condition of a trigger has no
/// queries on Postgres: it is the function's.)
pub(super) const ENTRIES_CHANGE_BY_ERASURE: &[(usize, &str)] = &[
    (0, "DROP TRIGGER entries_do_not_change ON entries"),
    (
        1,
        "DO $do$ BEGIN
            CREATE FUNCTION entries_change() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN
                IF NEW.number = OLD.number AND NEW.event_type = OLD.event_type
                    AND NEW.task_id = OLD.task_id AND NEW.recorded_at = OLD.recorded_at
                    AND NEW.sealed = OLD.sealed AND NEW.hash = OLD.hash
                    AND NEW.salt IS NULL AND NEW.event IS NULL
                    AND OLD.user_id NOT LIKE 'erased:%'
                    AND NEW.user_id IN (SELECT 'erased:' || erasure_id FROM erased_users
                                        WHERE done_at IS NULL)
                THEN
                    RETURN NEW;
                END IF;
                RAISE EXCEPTION USING ERRCODE = 'check_violation',
                    MESSAGE = 'constraint failed: the audit is append-only';
            END $f$;
            CREATE TRIGGER entries_do_not_change BEFORE UPDATE ON entries
                FOR EACH ROW EXECUTE FUNCTION entries_change();
        END $do$",
    ),
];

/// Checkpoints stay as they are. A database that is new has no chains yet that an id would
/// have to be made up for.
pub(super) const CHECKPOINTS: &[(usize, &str)] = &[
    (1, "SELECT 1"),
    (
        6,
        "CREATE TRIGGER checkpoints_stay BEFORE DELETE ON checkpoints
             FOR EACH ROW EXECUTE FUNCTION append_only()",
    ),
    (
        7,
        "CREATE TRIGGER checkpoints_do_not_change BEFORE UPDATE ON checkpoints
             FOR EACH ROW EXECUTE FUNCTION append_only()",
    ),
];
