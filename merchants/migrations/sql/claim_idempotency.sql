-- Claims an Idempotency-Key for the running transaction and tells what is known of it, in one round trip.
--   free       nobody used it: carry on, then write the answer
--   in_flight  a twin holds it in a transaction that still runs
--   known      it was answered before: its request_hash, status and body
-- An advisory lock, not a row: the twin is told at once instead of waiting on the unique index, and a key costs one row
-- version instead of two. Two keys whose 64-bit hashes meet can only make one of them try again.
CREATE FUNCTION merchants_claim_idempotency(
    the_merchant bigint, the_key text,
    OUT outcome text, OUT known_hash text, OUT known_status integer, OUT known_body bytea
) LANGUAGE plpgsql AS $$
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtextextended(the_key, the_merchant)) THEN
        outcome := 'in_flight';
        RETURN;
    END IF;
    -- A statement of its own, so that its snapshot is taken after the lock: the twin's commit is seen.
    SELECT 'known', record.request_hash, record.status, record.body
      INTO outcome, known_hash, known_status, known_body
      FROM merchants_idempotencyrecord AS record
     WHERE record.merchant_id = the_merchant AND record.key = the_key;
    IF NOT FOUND THEN
        outcome := 'free';
    END IF;
END
$$;

-- Remembers the answer, in the transaction of the request's effect.
CREATE FUNCTION merchants_settle_idempotency(
    the_merchant bigint, the_key text, the_hash text, the_status integer, the_body bytea, the_moment timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO merchants_idempotencyrecord (merchant_id, key, request_hash, status, body, created_at)
    VALUES (the_merchant, the_key, the_hash, the_status, the_body, the_moment);
END
$$;
