-- Write what a session on the books made: the only statement that inserts entries. Rows yet to be written refer to each
-- other by −1, −2, … (their place in the payload); rows that exist, by id.
-- p_facts: what events_record takes, told in the same breath; a hold_id below zero in a fact is a place in the payload too.
CREATE FUNCTION loyalty_write_books(p_merchant bigint, p_now timestamptz, p jsonb, p_facts jsonb, p_frame jsonb)
RETURNS jsonb LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_entries bigint[];
    v_lots bigint[];
    v_awards bigint[];
    v_holds bigint[];
    v_leak bigint;
BEGIN
    SELECT array_agg(nextval('loyalty_entry_id_seq')) INTO v_entries FROM generate_series(1, (p ->> 'n_entries')::int);
    SELECT array_agg(nextval('loyalty_lot_id_seq')) INTO v_lots FROM generate_series(1, (p ->> 'n_lots')::int);

    -- What flows in and out of each account must be what its lots and arrears say: nothing is made, nothing is lost.
    SELECT x.id INTO v_leak
    FROM jsonb_to_recordset(p -> 'accounts') AS x(id bigint, balance bigint, arrears bigint, lots bigint)
    WHERE x.balance <> x.lots - x.arrears LIMIT 1;
    IF v_leak IS NOT NULL THEN
        RAISE EXCEPTION 'account %: lots and balance disagree', v_leak USING ERRCODE = 'integrity_constraint_violation';
    END IF;

    UPDATE loyalty_account a SET
        balance = a.balance + x.balance, held = a.held + x.held, arrears = a.arrears + x.arrears,
        orders = a.orders + x.orders, lifetime_earned = a.lifetime_earned + x.earned,
        lifetime_spent = a.lifetime_spent + x.spent
    FROM jsonb_to_recordset(p -> 'accounts') AS x(
        id bigint, balance bigint, held bigint, arrears bigint, orders int, earned bigint, spent bigint)
    WHERE a.merchant_id = p_merchant AND a.id = x.id;

    IF p -> 'awards' IS NOT NULL THEN
        SELECT array_agg(nextval('loyalty_award_id_seq')) INTO v_awards FROM generate_series(1, jsonb_array_length(p -> 'awards'));
        INSERT INTO loyalty_award (
            id, merchant_id, order_id, account_id, wallet, version_id, tier, multiplier, contributions, points, points_kept,
            awarded_at)
        SELECT v_awards[x.k], p_merchant, x.order_id, x.account, x.wallet, x.version, x.tier, x.multiplier, x.contributions,
               x.points, x.points, x.at
        FROM jsonb_to_recordset(p -> 'awards') AS x(
            k int, order_id bigint, account bigint, wallet text, version bigint, tier text, multiplier numeric,
            contributions jsonb, points bigint, at timestamptz);
    END IF;

    IF p -> 'holds' IS NOT NULL THEN
        SELECT array_agg(nextval('loyalty_hold_id_seq')) INTO v_holds FROM generate_series(1, jsonb_array_length(p -> 'holds'));
        INSERT INTO loyalty_hold (
            id, merchant_id, account_id, reference, points, captured_points, state, description, parts, created_at, expires_at,
            settled_at)
        SELECT v_holds[x.k], p_merchant, x.account, x.reference, x.points, x.captured, x.state, x.description, x.parts, x.created,
               x.expires, x.settled
        FROM jsonb_to_recordset(p -> 'holds') AS x(
            k int, account bigint, reference text, points bigint, captured bigint, state text, description text, parts jsonb,
            created timestamptz, expires timestamptz, settled timestamptz);
    END IF;

    IF v_entries IS NOT NULL THEN
        INSERT INTO loyalty_entry (
            id, merchant_id, account_id, kind, points, balance_after, reference, reason, award_id, reverses_id, hold_id,
            actor_kind, actor_id, actor_name, occurred_at, recorded_at)
        SELECT v_entries[x.k], p_merchant, x.account, x.kind, x.points, x.after, x.reference, coalesce(x.reason, ''),
               CASE WHEN x.award < 0 THEN v_awards[-x.award] ELSE x.award END, x.reverses,
               CASE WHEN x.hold < 0 THEN v_holds[-x.hold] ELSE x.hold END,
               p -> 'actor' ->> 'kind', (p -> 'actor' ->> 'id')::bigint, p -> 'actor' ->> 'name', x.at, p_now
        FROM jsonb_to_recordset(p -> 'entries') AS x(
            k int, account bigint, kind text, points bigint, after bigint, reference text, reason text, award bigint,
            reverses bigint, hold bigint, at timestamptz)
        ORDER BY x.k;
    END IF;

    IF v_lots IS NOT NULL THEN
        INSERT INTO loyalty_lot (
            id, merchant_id, account_id, entry_id, points, remaining, held, earned_at, available_at, expires_at, order_credit)
        SELECT v_lots[x.k], p_merchant, x.account, v_entries[-x.entry], x.points, x.remaining, 0, x.earned, x.available,
               x.expires, coalesce(x.order_credit, false)
        FROM jsonb_to_recordset(p -> 'lots') AS x(
            k int, account bigint, entry int, points bigint, remaining bigint, earned timestamptz, available timestamptz,
            expires timestamptz, order_credit boolean);
    END IF;

    IF p -> 'changes' IS NOT NULL THEN
        UPDATE loyalty_lot l SET
            remaining = l.remaining + x.remaining, held = l.held + x.held
        FROM jsonb_to_recordset(p -> 'changes') AS x(id bigint, remaining bigint, held bigint)
        WHERE l.merchant_id = p_merchant AND l.id = x.id;
    END IF;

    IF p -> 'allocations' IS NOT NULL THEN
        INSERT INTO loyalty_allocation (merchant_id, entry_id, lot_id, points)
        SELECT p_merchant,
               CASE WHEN x.entry < 0 THEN v_entries[-x.entry] ELSE x.entry END,
               CASE WHEN x.lot < 0 THEN v_lots[-x.lot] ELSE x.lot END, x.points
        FROM jsonb_to_recordset(p -> 'allocations') AS x(entry bigint, lot bigint, points bigint);
    END IF;

    IF p -> 'owed' IS NOT NULL THEN
        INSERT INTO loyalty_arrear (merchant_id, account_id, entry_id, points, remaining, forgiven)
        SELECT p_merchant, x.account, v_entries[-x.entry], x.points, x.remaining, x.forgiven
        FROM jsonb_to_recordset(p -> 'owed') AS x(account bigint, entry int, points bigint, remaining bigint, forgiven bigint);
    END IF;
    IF p -> 'paid' IS NOT NULL THEN
        UPDATE loyalty_arrear r SET remaining = x.remaining, forgiven = r.forgiven + x.forgiven
        FROM jsonb_to_recordset(p -> 'paid') AS x(id bigint, remaining bigint, forgiven bigint)
        WHERE r.merchant_id = p_merchant AND r.id = x.id;
    END IF;

    IF p -> 'standings' IS NOT NULL THEN
        UPDATE loyalty_tierstanding s SET tier = x.tier, since = x.since, grace_until = x.grace
        FROM jsonb_to_recordset(p -> 'standings') AS x(customer bigint, tier text, since timestamptz, grace timestamptz)
        WHERE s.merchant_id = p_merchant AND s.customer_id = x.customer;
    END IF;

    IF v_holds IS NOT NULL AND p_facts IS NOT NULL THEN
        SELECT jsonb_agg(CASE WHEN (f #>> '{payload,hold_id}')::bigint < 0
                              THEN jsonb_set(f, '{payload,hold_id}', to_jsonb(v_holds[-(f #>> '{payload,hold_id}')::bigint]))
                              ELSE f END ORDER BY n)
        INTO p_facts FROM jsonb_array_elements(p_facts) WITH ORDINALITY AS x(f, n);
    END IF;
    IF p_facts IS NOT NULL THEN
        PERFORM events_record(p_merchant, p_facts, p_frame);
    END IF;

    RETURN jsonb_build_object('entries', to_jsonb(v_entries), 'awards', to_jsonb(v_awards), 'holds', to_jsonb(v_holds));
END $$;
