-- Lots of one account in spending order (soonest expiry first, then oldest), no more than cover p_need.
-- p_pending: also those that are not available yet, for clawbacks.
CREATE FUNCTION loyalty_pick_lots(p_account bigint, p_need bigint, p_at timestamptz, p_pending boolean)
RETURNS SETOF loyalty_lot LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_lot loyalty_lot;
    v_left bigint := p_need;
BEGIN
    FOR v_lot IN
        SELECT * FROM loyalty_lot
        WHERE account_id = p_account AND remaining > 0
        ORDER BY expires_at ASC NULLS LAST, id
    LOOP
        EXIT WHEN v_left <= 0;
        CONTINUE WHEN v_lot.remaining = v_lot.held OR v_lot.expires_at <= p_at;
        CONTINUE WHEN v_lot.available_at > p_at AND NOT p_pending;
        v_left := v_left - (v_lot.remaining - v_lot.held);
        RETURN NEXT v_lot;
    END LOOP;
END $$;

CREATE FUNCTION loyalty_lot_json(l loyalty_lot) RETURNS json LANGUAGE sql STABLE AS $$
    SELECT json_build_array(l.id, l.points, l.remaining, l.held, l.earned_at,
        l.available_at, l.expires_at, l.order_credit, l.entry_id)
$$;

-- On every hot function below: planned once for each connection. Every query in them goes by a key, whatever the values;
-- planning anew because an array came along took longer than the query itself.

-- Open and lock members' accounts, missing ones made first, in id order: everyone who locks, locks in this order.
-- Answers the published versions ([id, effective_from], oldest first) and, per account, what a verb must see under the lock:
--   p_references  which of these have posted before; hold:<reference> asks for a hold instead
--   p_need        lots in spending order that cover so many points (0: none)
--   p_lots        these lots besides
--   p_due_until   what will have left by then: [[expires_at, remaining, orders]], for windows that move while a batch runs
CREATE FUNCTION loyalty_open_accounts(
    p_merchant bigint, p_customers bigint[], p_wallets text[], p_now timestamptz, p_standings boolean,
    p_references text[], p_need bigint, p_pending boolean, p_lots bigint[], p_due_until timestamptz
) RETURNS json LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_ids bigint[];
    v_accounts json;
    v_versions json;
BEGIN
    SELECT json_agg(json_build_array(v.id, v.effective_from) ORDER BY v.effective_from, v.id) INTO v_versions
    FROM loyalty_programmeversion v WHERE v.merchant_id = p_merchant AND v.state = 'published';

    -- Counted first: mostly nothing is missing, and looking for what is takes longer than counting what is not.
    IF (SELECT count(*) FROM loyalty_account
        WHERE merchant_id = p_merchant AND customer_id = ANY (p_customers) AND wallet = ANY (p_wallets))
       < cardinality(p_customers) * cardinality(p_wallets)
    THEN
        INSERT INTO loyalty_account (merchant_id, customer_id, wallet, opened_at)
        SELECT p_merchant, c, w, p_now
        FROM unnest(p_customers) c, unnest(p_wallets) w
        WHERE NOT EXISTS (
            SELECT FROM loyalty_account a WHERE a.merchant_id = p_merchant AND a.customer_id = c AND a.wallet = w
        ) AND EXISTS (SELECT FROM customers_customer m WHERE m.merchant_id = p_merchant AND m.id = c)
        ORDER BY c, w
        ON CONFLICT (merchant_id, customer_id, wallet) DO NOTHING;
    END IF;

    -- Everyone starts on the first step of the ladder in force, from the day the account was opened.
    IF p_standings AND (SELECT count(*) FROM loyalty_tierstanding
                        WHERE merchant_id = p_merchant AND customer_id = ANY (p_customers)) < cardinality(p_customers)
    THEN
        INSERT INTO loyalty_tierstanding (merchant_id, customer_id, tier, since)
        SELECT p_merchant, c, v.terms -> 'ladder' -> 'tiers' -> 0 ->> 'code', p_now
        FROM unnest(p_customers) c, loyalty_programmeversion v
        WHERE v.id = (SELECT id FROM loyalty_programmeversion WHERE merchant_id = p_merchant AND state = 'published'
                      ORDER BY effective_from <= p_now DESC, abs(extract(epoch FROM effective_from - p_now)), id DESC LIMIT 1)
          AND NOT EXISTS (SELECT FROM loyalty_tierstanding s WHERE s.customer_id = c)
          AND EXISTS (SELECT FROM customers_customer m WHERE m.merchant_id = p_merchant AND m.id = c)
        ORDER BY c
        ON CONFLICT (customer_id) DO NOTHING;
    END IF;

    SELECT array_agg(id) INTO v_ids FROM (
        SELECT id FROM loyalty_account
        WHERE merchant_id = p_merchant AND customer_id = ANY (p_customers) AND wallet = ANY (p_wallets)
        ORDER BY id FOR NO KEY UPDATE
    ) locked;

    -- Places, not names: building and reading an object with its keys would be a third of all this.
    SELECT json_agg(json_build_array(
        a.id, a.customer_id, a.wallet, a.balance, a.held, a.arrears, a.orders, s.tier, s.since, s.grace_until,
        m.archived_at IS NOT NULL,
        CASE WHEN a.arrears > 0 THEN (
            SELECT json_agg(json_build_array(r.id, r.entry_id, r.points, r.remaining) ORDER BY r.id)
            FROM loyalty_arrear r WHERE r.account_id = a.id AND r.remaining > 0) END,
        CASE WHEN p_references IS NOT NULL THEN (
            -- One by one through the unique key: for an array the planner may read all that the account ever posted.
            SELECT json_object_agg(r, e.id) FROM unnest(p_references) r CROSS JOIN LATERAL (
                SELECT id FROM loyalty_entry WHERE account_id = a.id AND reference = r
                UNION ALL
                SELECT id FROM loyalty_hold
                WHERE starts_with(r, 'hold:') AND account_id = a.id AND reference = substr(r, 6)) e) END,
        CASE WHEN p_need > 0 OR p_lots IS NOT NULL THEN (
            SELECT json_agg(loyalty_lot_json(l) ORDER BY l.expires_at ASC NULLS LAST, l.id) FROM (
                SELECT * FROM loyalty_pick_lots(a.id, p_need, p_now, p_pending)
                UNION
                SELECT * FROM loyalty_lot o WHERE o.id = ANY (p_lots) AND o.account_id = a.id
            ) l) END,
        CASE WHEN p_due_until IS NOT NULL AND a.wallet = 'growth' THEN (
            SELECT json_agg(json_build_array(d.expires_at, d.remaining, d.order_credit::int) ORDER BY d.expires_at)
            FROM loyalty_lot d WHERE d.account_id = a.id AND d.remaining > 0 AND d.expires_at <= p_due_until) END
    ) ORDER BY a.id)
    INTO v_accounts
    FROM loyalty_account a
    JOIN customers_customer m ON m.merchant_id = a.merchant_id AND m.id = a.customer_id
    LEFT JOIN loyalty_tierstanding s ON s.customer_id = a.customer_id
    WHERE a.id = ANY (v_ids);
    RETURN json_build_object('versions', coalesce(v_versions, '[]'), 'accounts', coalesce(v_accounts, '[]'));
END $$;
