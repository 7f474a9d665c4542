-- What every customer's summary should be, from the orders alone. Used by the refund path for one customer and by the
-- command that rebuilds all; an order counts from payment until it is cancelled or refunded whole.
CREATE FUNCTION commerce_true_summaries(p_merchant bigint, p_customers bigint[] DEFAULT NULL)
RETURNS TABLE (
    customer_id bigint, orders int, spend_minor bigint, refunded_minor bigint,
    first_purchase_at timestamptz, last_purchase_at timestamptz
) LANGUAGE sql STABLE AS $$
    SELECT o.customer_id,
           (count(*) FILTER (WHERE counted))::int,
           coalesce(sum(o.total_minor - o.refunded_minor), 0)::bigint,
           coalesce(sum(o.refunded_minor), 0)::bigint,
           min(o.placed_at) FILTER (WHERE counted),
           max(o.placed_at) FILTER (WHERE counted)
    FROM commerce_order o,
         LATERAL (SELECT o.cancelled_at IS NULL AND (o.refunded_minor < o.total_minor OR o.total_minor = 0) AS counted) c
    WHERE o.merchant_id = p_merchant AND o.customer_id IS NOT NULL AND o.paid_at IS NOT NULL
      AND (p_customers IS NULL OR o.customer_id = ANY (p_customers))
    GROUP BY o.customer_id
$$;
