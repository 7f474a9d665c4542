-- Everything a balance says, in one round trip and without locks: both wallets, what of them cannot be spent now, what
-- leaves next, the tier, and the version in force.
CREATE FUNCTION loyalty_balance(p_merchant bigint, p_customer bigint, p_now timestamptz, p_expirations int)
RETURNS jsonb LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_answer jsonb;
BEGIN
    SELECT jsonb_build_object(
        'exists', EXISTS (SELECT FROM customers_customer c WHERE c.merchant_id = p_merchant AND c.id = p_customer),
        'version', (
            SELECT v.id FROM loyalty_programmeversion v
            WHERE v.merchant_id = p_merchant AND v.state = 'published' AND v.effective_from <= p_now
            ORDER BY v.effective_from DESC, v.id DESC LIMIT 1),
        'standing', (
            SELECT jsonb_build_array(s.tier, s.since, s.grace_until) FROM loyalty_tierstanding s
            WHERE s.merchant_id = p_merchant AND s.customer_id = p_customer),
        'wallets', (
            SELECT jsonb_object_agg(a.wallet, jsonb_build_object(
                'account', a.id, 'balance', a.balance, 'held', a.held, 'arrears', a.arrears, 'orders', a.orders,
                'earned', a.lifetime_earned, 'spent', a.lifetime_spent, 'expired', a.lifetime_expired,
                'pending', l.pending, 'lapsed', l.lapsed, 'lapsed_orders', l.lapsed_orders, 'next', x.next))
            FROM loyalty_account a
            CROSS JOIN LATERAL (
                SELECT coalesce(sum(o.remaining - o.held) FILTER (
                           WHERE o.available_at > p_now AND (o.expires_at IS NULL OR o.expires_at > p_now)), 0) AS pending,
                       coalesce(sum(o.remaining - o.held) FILTER (WHERE o.expires_at <= p_now), 0) AS lapsed,
                       count(*) FILTER (WHERE o.expires_at <= p_now AND o.order_credit) AS lapsed_orders
                FROM loyalty_lot o
                WHERE o.account_id = a.id AND o.remaining > 0
                  AND (o.expires_at <= p_now OR o.available_at > p_now)
            ) l
            CROSS JOIN LATERAL (
                SELECT jsonb_agg(jsonb_build_array(n.expires_at, n.points) ORDER BY n.expires_at) AS next FROM (
                    SELECT o.expires_at, sum(o.remaining - o.held) AS points
                    FROM loyalty_lot o
                    WHERE o.account_id = a.id AND o.remaining > 0 AND o.expires_at > p_now AND o.remaining > o.held
                    GROUP BY o.expires_at ORDER BY o.expires_at LIMIT p_expirations
                ) n
            ) x
            WHERE a.merchant_id = p_merchant AND a.customer_id = p_customer)
    ) INTO v_answer;
    RETURN v_answer;
END $$;
