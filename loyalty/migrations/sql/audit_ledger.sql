-- Prove one merchant's books from their rows alone. No row: everything agrees.
CREATE FUNCTION loyalty_audit(p_merchant bigint)
RETURNS TABLE (fault text, account_id bigint, expected numeric, found numeric) LANGUAGE sql STABLE AS $$
    WITH entries AS MATERIALIZED (
        SELECT e.account_id, sum(e.points) AS points, count(*) AS n, max(e.id) AS last_id,
               coalesce(sum(e.points) FILTER (WHERE e.kind IN ('earn', 'bonus', 'goodwill') OR (e.kind = 'adjust' AND e.points > 0)), 0) AS earned,
               coalesce(-sum(e.points) FILTER (WHERE e.kind IN ('spend', 'spend_return')), 0) AS spent,
               coalesce(-sum(e.points) FILTER (WHERE e.kind = 'expire'), 0) AS expired
        FROM loyalty_entry e WHERE e.merchant_id = p_merchant GROUP BY e.account_id
    ), lots AS MATERIALIZED (
        SELECT l.account_id, sum(l.points) AS points, sum(l.remaining) AS remaining, sum(l.held) AS held,
               count(*) FILTER (WHERE l.order_credit AND l.remaining > 0) AS orders
        FROM loyalty_lot l WHERE l.merchant_id = p_merchant GROUP BY l.account_id
    ), owed AS (
        SELECT r.account_id, sum(r.remaining) AS remaining FROM loyalty_arrear r WHERE r.merchant_id = p_merchant GROUP BY r.account_id
    ), holds AS (
        SELECT h.account_id, sum(h.points) AS points FROM loyalty_hold h
        WHERE h.merchant_id = p_merchant AND h.state = 'held' GROUP BY h.account_id
    ), books AS (
        SELECT a.*, coalesce(e.points, 0) AS e_points, coalesce(e.earned, 0) AS e_earned, coalesce(e.spent, 0) AS e_spent,
               coalesce(e.expired, 0) AS e_expired, coalesce(last.balance_after, 0) AS e_last,
               coalesce(l.points, 0) AS l_points, coalesce(l.remaining, 0) AS l_remaining, coalesce(l.held, 0) AS l_held,
               coalesce(l.orders, 0) AS l_orders, coalesce(o.remaining, 0) AS o_remaining, coalesce(h.points, 0) AS h_points
        FROM loyalty_account a
        LEFT JOIN entries e ON e.account_id = a.id
        LEFT JOIN loyalty_entry last ON last.id = e.last_id
        LEFT JOIN lots l ON l.account_id = a.id
        LEFT JOIN owed o ON o.account_id = a.id
        LEFT JOIN holds h ON h.account_id = a.id
        WHERE a.merchant_id = p_merchant
    )
    SELECT 'balance_is_sum_of_entries', id, e_points, balance FROM books WHERE balance <> e_points
    UNION ALL SELECT 'balance_is_lots_less_arrears', id, l_remaining - arrears, balance FROM books WHERE balance <> l_remaining - arrears
    UNION ALL SELECT 'balance_is_stated_last', id, e_last, balance FROM books WHERE balance <> e_last
    UNION ALL SELECT 'arrears_are_owed', id, o_remaining, arrears FROM books WHERE arrears <> o_remaining
    UNION ALL SELECT 'held_is_in_lots', id, l_held, held FROM books WHERE held <> l_held
    UNION ALL SELECT 'held_is_in_holds', id, h_points, held FROM books WHERE held <> h_points
    UNION ALL SELECT 'orders_are_open_lots', id, l_orders, orders FROM books WHERE orders <> l_orders
    UNION ALL SELECT 'lifetime_earned', id, e_earned, lifetime_earned FROM books WHERE lifetime_earned <> e_earned
    UNION ALL SELECT 'lifetime_spent', id, e_spent, lifetime_spent FROM books WHERE lifetime_spent <> e_spent
    UNION ALL SELECT 'lifetime_expired', id, e_expired, lifetime_expired FROM books WHERE lifetime_expired <> e_expired
    UNION ALL SELECT 'each_credit_is_a_lot', id, e_earned, l_points FROM books WHERE e_earned <> l_points
    UNION ALL
    SELECT 'lot_is_points_less_allocations', l.account_id, l.points - coalesce(u.points, 0), l.remaining
    FROM loyalty_lot l LEFT JOIN (
        SELECT lot_id, sum(points) AS points FROM loyalty_allocation WHERE merchant_id = p_merchant GROUP BY lot_id
    ) u ON u.lot_id = l.id
    WHERE l.merchant_id = p_merchant AND l.remaining <> l.points - coalesce(u.points, 0)
    UNION ALL
    -- What an entry moved is what its allocations say, and what it left owing or forgave.
    SELECT 'entry_is_allocated', m.account_id, -m.points, m.allocated
    FROM (
        SELECT e.account_id, e.points,
               coalesce((SELECT sum(u.points) FROM loyalty_allocation u WHERE u.entry_id = e.id), 0)
               + coalesce((SELECT r.remaining + r.forgiven FROM loyalty_arrear r WHERE r.entry_id = e.id), 0) AS allocated
        FROM loyalty_entry e WHERE e.merchant_id = p_merchant AND e.points < 0
    ) m WHERE m.allocated <> -m.points
$$;
