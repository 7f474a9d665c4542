-- For the night: write the closing entry of up to p_most lots past their expiry, dated at the expiry. What a hold has set
-- aside waits for its hold. Nothing is decided here that a rule would know better, so the rows never leave the database: that is
-- five times as fast.
-- Several workers may share the night: each takes the customers whose id leaves its p_part when divided by p_parts.
-- p_since: where the chunk before this one ended, so that the index need not walk over all that was closed already.
-- Answers {"lots": how many, "last": the latest expiry looked at, "members": [[customer_id, points, balance, expired_at]]},
-- members of the points wallet only. No "last": nothing was due.
CREATE FUNCTION loyalty_close_due_lots(
    p_merchant bigint, p_since timestamptz, p_at timestamptz, p_now timestamptz, p_most int, p_part int, p_parts int
) RETURNS json LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_due bigint[];
    v_last timestamptz;
    v_lots int;
    v_members json;
BEGIN
    SELECT array_agg(d.id), max(d.expires_at) INTO v_due, v_last FROM (
        SELECT l.id, l.expires_at FROM loyalty_lot l
        WHERE l.merchant_id = p_merchant AND l.remaining > 0 AND l.expires_at >= p_since AND l.expires_at <= p_at
          AND l.remaining > l.held
          AND (p_parts = 1
               OR (SELECT a.customer_id FROM loyalty_account a WHERE a.id = l.account_id) % p_parts = p_part)
        ORDER BY l.expires_at LIMIT p_most
    ) d;
    IF v_due IS NULL THEN
        RETURN json_build_object('lots', 0, 'last', NULL, 'members', '[]'::json);
    END IF;
    PERFORM FROM loyalty_account a
    WHERE a.id IN (SELECT l.account_id FROM loyalty_lot l WHERE l.id = ANY (v_due))
    ORDER BY a.id FOR NO KEY UPDATE;

    -- Looked at again under the locks: a lot may have been spent, returned or held since it was picked.
    WITH closing AS MATERIALIZED (
        SELECT nextval('loyalty_entry_id_seq') AS entry_id, c.* FROM (
            SELECT l.id, l.account_id, l.remaining - l.held AS points, l.expires_at, l.closings,
                   (l.order_credit AND l.held = 0)::int AS orders
            FROM loyalty_lot l WHERE l.id = ANY (v_due) AND l.remaining > l.held
            ORDER BY l.account_id, l.expires_at, l.id
        ) c
    ), entered AS (
        INSERT INTO loyalty_entry (
            id, merchant_id, account_id, kind, points, balance_after, reference, reason, actor_kind, actor_name, occurred_at,
            recorded_at)
        SELECT c.entry_id, p_merchant, c.account_id, 'expire', -c.points,
               a.balance - sum(c.points) OVER (PARTITION BY c.account_id ORDER BY c.entry_id),
               'expire:' || c.id || ':' || c.closings, '', 'system', '', c.expires_at, p_now
        FROM closing c JOIN loyalty_account a ON a.id = c.account_id
        ORDER BY c.entry_id
    ), allocated AS (
        INSERT INTO loyalty_allocation (merchant_id, entry_id, lot_id, points)
        SELECT p_merchant, c.entry_id, c.id, c.points FROM closing c
    ), emptied AS (
        UPDATE loyalty_lot l SET remaining = l.remaining - c.points, closings = l.closings + 1
        FROM closing c WHERE l.id = c.id
    ), summed AS (
        SELECT c.account_id, sum(c.points) AS points, sum(c.orders) AS orders, max(c.expires_at) AS expired_at
        FROM closing c GROUP BY c.account_id
    ), lowered AS (
        UPDATE loyalty_account a SET
            balance = a.balance - s.points, orders = a.orders - s.orders, lifetime_expired = a.lifetime_expired + s.points
        FROM summed s WHERE a.id = s.account_id
        RETURNING a.customer_id, a.wallet, s.points, a.balance, s.expired_at
    )
    SELECT (SELECT count(*) FROM closing),
           coalesce(json_agg(json_build_array(l.customer_id, l.points, l.balance, l.expired_at) ORDER BY l.customer_id)
                    FILTER (WHERE l.wallet = 'points'), '[]')
    INTO v_lots, v_members FROM lowered l;
    RETURN json_build_object('lots', v_lots, 'last', v_last, 'members', v_members);
END $$;
