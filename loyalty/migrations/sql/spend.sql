-- A spend at a till: all of its transaction in one statement, from the Idempotency-Key to the stored answer. It serves the
-- plain case and nothing else: the customer is there and not archived, the points are there, the reference is new, the key
-- is free and the programme is the one that the caller thought of. Whenever something is not plain it answers NULL and has
-- written nothing; then the verbs of loyalty.rules.ledger decide, as they do for every other posting, and say why.
--
-- p_version  the programme version in force as the caller knows it (NULL: none)
-- p_hold     the new hold's id, drawn beforehand, so that the caller could write the answer that is stored with the key
-- p_fact     what events_record takes; the balance, which only the lock shows, is put into its payload
-- p_key      Idempotency-Key with the request's hash and the answer; NULL: the request had none
-- returns    an id for the hold that is made after this one
CREATE FUNCTION loyalty_spend(
    p_merchant bigint, p_customer bigint, p_points bigint, p_reference text, p_description text, p_at timestamptz,
    p_expires timestamptz, p_now timestamptz, p_version bigint, p_hold bigint, p_actor_kind text, p_actor_id bigint,
    p_actor_name text, p_fact jsonb, p_frame jsonb, p_key text, p_hash text, p_status integer, p_body bytea
) RETURNS bigint LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_account bigint;
    v_balance bigint;
    v_left bigint := p_points;
    v_lot bigint;
    v_free bigint;
    v_counts boolean;  -- towards the tier, which no points of a till do
    v_lots bigint[];
    v_parts bigint[];
    v_entry bigint;
BEGIN
    IF p_key IS NOT NULL AND (merchants_claim_idempotency(p_merchant, p_key)).outcome <> 'free' THEN
        RETURN NULL;
    END IF;

    SELECT a.id, a.balance INTO v_account, v_balance
    FROM loyalty_account a
    WHERE a.merchant_id = p_merchant AND a.customer_id = p_customer AND a.wallet = 'points'
    FOR NO KEY UPDATE;
    IF v_account IS NULL THEN
        RETURN NULL;
    END IF;

    -- Statements of their own, so that they see what was committed while this one waited for the lock.
    IF EXISTS (SELECT FROM customers_customer c
               WHERE c.merchant_id = p_merchant AND c.id = p_customer AND c.archived_at IS NOT NULL)
       OR EXISTS (SELECT FROM loyalty_hold h WHERE h.account_id = v_account AND h.reference = p_reference)
       OR p_version IS DISTINCT FROM (
            SELECT v.id FROM loyalty_programmeversion v
            WHERE v.merchant_id = p_merchant AND v.state = 'published' AND v.effective_from <= p_at
            ORDER BY v.effective_from DESC, v.id DESC LIMIT 1)
    THEN
        RETURN NULL;
    END IF;

    -- Mostly the first lot has all of it, and one row is quicker than a set of one. The moments are wrapped so that the
    -- planner walks the spending order and stops, whatever it thinks: with many lots, anything else reads them all.
    SELECT l.id, l.remaining - l.held, l.order_credit INTO v_lot, v_free, v_counts
    FROM loyalty_lot l
    WHERE l.account_id = v_account AND l.remaining > 0 AND l.remaining > l.held
      AND coalesce(l.expires_at, 'infinity') > p_at AND coalesce(l.available_at, '-infinity') <= p_at
    ORDER BY l.expires_at ASC NULLS LAST, l.id LIMIT 1;
    IF v_lot IS NULL OR v_counts THEN
        RETURN NULL;
    ELSIF v_free < p_points THEN
        FOR v_lot, v_free, v_counts IN
            SELECT l.id, least(p_points, l.remaining - l.held), l.order_credit
            FROM loyalty_pick_lots(v_account, p_points, p_at, false) l
        LOOP
            IF v_counts THEN
                RETURN NULL;
            END IF;
            v_lots := v_lots || v_lot;
            v_parts := v_parts || least(v_left, v_free);
            v_left := v_left - least(v_left, v_free);
        END LOOP;
        IF v_left > 0 THEN
            RETURN NULL;
        END IF;
    END IF;

    v_balance := v_balance - p_points;
    v_entry := nextval('loyalty_entry_id_seq');
    UPDATE loyalty_account SET balance = v_balance, lifetime_spent = lifetime_spent + p_points WHERE id = v_account;
    INSERT INTO loyalty_hold (
        id, merchant_id, account_id, reference, points, captured_points, state, description, parts, created_at, expires_at,
        settled_at)
    VALUES (p_hold, p_merchant, v_account, p_reference, p_points, p_points, 'captured', p_description, '[]', p_at, p_expires, p_at);
    INSERT INTO loyalty_entry (
        id, merchant_id, account_id, kind, points, balance_after, reference, reason, hold_id, actor_kind, actor_id, actor_name,
        occurred_at, recorded_at)
    VALUES (v_entry, p_merchant, v_account, 'spend', -p_points, v_balance, 'spend:' || p_reference, p_description, p_hold,
            p_actor_kind, p_actor_id, p_actor_name, p_at, p_now);
    IF v_lots IS NULL THEN
        UPDATE loyalty_lot SET remaining = remaining - p_points WHERE id = v_lot;
        INSERT INTO loyalty_allocation (merchant_id, entry_id, lot_id, points) VALUES (p_merchant, v_entry, v_lot, p_points);
    ELSE
        FOR n IN 1 .. cardinality(v_lots) LOOP
            UPDATE loyalty_lot SET remaining = remaining - v_parts[n] WHERE id = v_lots[n];
            INSERT INTO loyalty_allocation (merchant_id, entry_id, lot_id, points)
            VALUES (p_merchant, v_entry, v_lots[n], v_parts[n]);
        END LOOP;
    END IF;
    PERFORM events_record(p_merchant, jsonb_set(p_fact, '{0,payload,balance}', to_jsonb(v_balance)), p_frame);
    IF p_key IS NOT NULL THEN
        PERFORM merchants_settle_idempotency(p_merchant, p_key, p_hash, p_status, p_body, p_now);
    END IF;
    RETURN nextval('loyalty_hold_id_seq');
END $$;
