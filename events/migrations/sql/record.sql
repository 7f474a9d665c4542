-- Records facts of one merchant and the deliveries they owe, in one statement; answers the events' ids in the given order.
-- Each element of `facts`: {"type", "payload", "about_type", "about_id", "occurred_at", "listeners": ["dotted.name", …]}.
-- `frame` is what all have in common: {"actor_kind", "actor_id", "actor_name", "request_id", "recorded_at"}.
-- Other SQL functions may call it too.
CREATE FUNCTION events_record(the_merchant bigint, facts jsonb, frame jsonb) RETURNS bigint[]
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    fact jsonb;
    moment timestamptz := (frame ->> 'recorded_at')::timestamptz;
    ids bigint[] := '{}';
    event bigint;
BEGIN
    -- A till's one or two facts: row by row costs half of what it takes to make a set of them.
    IF jsonb_array_length(facts) <= 3 THEN
        FOR n IN 0 .. jsonb_array_length(facts) - 1 LOOP
            fact := facts -> n;
            INSERT INTO events_event (
                merchant_id, type, payload, about_type, about_id, actor_kind, actor_id, actor_name, request_id,
                occurred_at, recorded_at
            ) VALUES (
                the_merchant, fact ->> 'type', coalesce(fact -> 'payload', '{}'), coalesce(fact ->> 'about_type', ''),
                (fact ->> 'about_id')::bigint, frame ->> 'actor_kind', (frame ->> 'actor_id')::bigint,
                coalesce(frame ->> 'actor_name', ''), coalesce(frame ->> 'request_id', ''),
                (fact ->> 'occurred_at')::timestamptz, moment
            ) RETURNING id INTO event;
            IF fact ? 'listeners' THEN
                INSERT INTO events_delivery (merchant_id, event_id, listener, state, attempts, due_at, last_error)
                SELECT the_merchant, event, listener, 'pending', 0, moment, ''
                  FROM jsonb_array_elements_text(fact -> 'listeners') AS listener;
            END IF;
            ids := ids || event;
        END LOOP;
        RETURN ids;
    END IF;

    WITH given AS MATERIALIZED (
        SELECT nextval('events_event_id_seq') AS id, sorted.*
          FROM (
            SELECT one.*
              FROM ROWS FROM (
                    jsonb_to_recordset(facts) AS (
                        type text, payload jsonb, about_type text, about_id bigint, occurred_at timestamptz, listeners jsonb
                    )
                ) WITH ORDINALITY AS one (type, payload, about_type, about_id, occurred_at, listeners, place)
             ORDER BY one.place
          ) AS sorted
    ), common AS (
        SELECT * FROM jsonb_to_record(frame) AS (actor_kind text, actor_id bigint, actor_name text, request_id text)
    ), recorded AS (
        INSERT INTO events_event (
            id, merchant_id, type, payload, about_type, about_id, actor_kind, actor_id, actor_name, request_id,
            occurred_at, recorded_at
        )
        SELECT id, the_merchant, type, coalesce(payload, '{}'), coalesce(about_type, ''), about_id, actor_kind, actor_id,
               coalesce(actor_name, ''), coalesce(request_id, ''), occurred_at, moment
          FROM given CROSS JOIN common
    ), owed AS (
        INSERT INTO events_delivery (merchant_id, event_id, listener, state, attempts, due_at, last_error)
        SELECT the_merchant, given.id, listener, 'pending', 0, moment, ''
          FROM given CROSS JOIN LATERAL jsonb_array_elements_text(given.listeners) AS listener
         WHERE given.listeners IS NOT NULL
    )
    SELECT coalesce(array_agg(id ORDER BY place), '{}') INTO ids FROM given;
    RETURN ids;
END $$;
