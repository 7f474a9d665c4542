-- Records facts of one merchant and the deliveries they owe, in one statement; answers the events' ids in the given order.
-- Each element of `facts`: {"type", "payload", "about_type", "about_id", "occurred_at", "listeners": ["dotted.name", …]}.
-- `frame` is what all have in common: {"actor_kind", "actor_id", "actor_name", "request_id", "recorded_at"}.
-- Other SQL functions may call it too.
CREATE FUNCTION events_record(the_merchant bigint, facts jsonb, frame jsonb) RETURNS bigint[] LANGUAGE sql AS $$
    WITH facts AS MATERIALIZED (
        SELECT nextval('events_event_id_seq') AS id, given.*
          FROM (
            SELECT fact.*
              FROM ROWS FROM (
                    jsonb_to_recordset(facts) AS (
                        type text, payload jsonb, about_type text, about_id bigint, occurred_at timestamptz, listeners jsonb
                    )
                ) WITH ORDINALITY AS fact (type, payload, about_type, about_id, occurred_at, listeners, place)
             ORDER BY fact.place
          ) AS given
    ), common AS (
        SELECT * FROM jsonb_to_record(frame) AS (
            actor_kind text, actor_id bigint, actor_name text, request_id text, recorded_at timestamptz
        )
    ), recorded AS (
        INSERT INTO events_event (
            id, merchant_id, type, payload, about_type, about_id, actor_kind, actor_id, actor_name, request_id,
            occurred_at, recorded_at
        )
        SELECT id, the_merchant, type, coalesce(payload, '{}'), coalesce(about_type, ''), about_id, actor_kind, actor_id,
               coalesce(actor_name, ''), coalesce(request_id, ''), occurred_at, recorded_at
          FROM facts CROSS JOIN common
    ), owed AS (
        INSERT INTO events_delivery (merchant_id, event_id, listener, state, attempts, due_at, last_error)
        SELECT the_merchant, facts.id, listener, 'pending', 0, recorded_at, ''
          FROM facts CROSS JOIN common CROSS JOIN LATERAL jsonb_array_elements_text(facts.listeners) AS listener
         WHERE facts.listeners IS NOT NULL
    )
    SELECT coalesce(array_agg(id ORDER BY place), '{}') FROM facts
$$;
