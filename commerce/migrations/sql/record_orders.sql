-- Record a batch of orders in one round trip: the orders themselves, and which products are known. Orders known before (same
-- merchant and number) are left as they are. commerce_finish_orders follows, for new orders only.
--
-- p_orders: [{n, number, customer, source, channel, currency, discount, shipping, total, placed, paid, completed, print}]
-- p_skus:   what the lines are of
-- returns   {"orders": [[n, order_id, is_new, customer_exists, fingerprint]], "products": {sku: product_id}}, known skus only
CREATE FUNCTION commerce_record_orders(p_merchant bigint, p_now timestamptz, p_orders jsonb, p_skus text[])
RETURNS json LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_new bigint[];
    v_orders json;
    v_products json;
BEGIN
    -- Sorted by number, so that two batches with the same orders wait for each other instead of deadlocking.
    WITH inserted AS (
        INSERT INTO commerce_order (
            merchant_id, number, customer_id, source, channel, currency, discount_minor, shipping_minor, total_minor,
            refunded_minor, placed_at, paid_at, completed_at, fingerprint, recorded_at
        )
        SELECT p_merchant, x.number, x.customer, x.source, x.channel, x.currency, x.discount, x.shipping, x.total,
               0, x.placed, x.paid, x.completed, x.print, p_now
        FROM jsonb_to_recordset(p_orders) AS x(
            number text, customer bigint, source text, channel text, currency text, discount bigint, shipping bigint,
            total bigint, placed timestamptz, paid timestamptz, completed timestamptz, print text
        )
        WHERE x.customer IS NULL
           OR EXISTS (SELECT FROM customers_customer c WHERE c.merchant_id = p_merchant AND c.id = x.customer)
        ORDER BY x.number
        ON CONFLICT (merchant_id, number) DO NOTHING
        RETURNING id
    )
    SELECT coalesce(array_agg(id), '{}') INTO v_new FROM inserted;

    -- A fresh snapshot: it sees the orders that another transaction committed while the insert above waited for it.
    SELECT json_agg(json_build_array(x.n, o.id, o.id = ANY (v_new), c.id IS NOT NULL OR x.customer IS NULL, o.fingerprint))
    INTO v_orders
    FROM jsonb_to_recordset(p_orders) AS x(n int, number text, customer bigint)
    LEFT JOIN commerce_order o ON o.merchant_id = p_merchant AND o.number = x.number
    LEFT JOIN customers_customer c ON c.merchant_id = p_merchant AND c.id = x.customer;

    SELECT coalesce(json_object_agg(p.sku, p.id), '{}') INTO v_products
    FROM unnest(p_skus) AS x(sku) JOIN commerce_product p ON p.merchant_id = p_merchant AND p.sku = x.sku;

    RETURN json_build_object('orders', v_orders, 'products', v_products);
END $$;

-- What new orders still need: their lines, unless they come by COPY, and their customers' summaries. Nobody waits for its
-- answer, and the summaries are locked no earlier than the customers' accounts: several tills may serve one customer.
--
-- p_orders: ids of the new orders
-- p_lines:  [[order_id, position, product_id, sku, name, category, quantity, price, discount, net]], or NULL
CREATE FUNCTION commerce_finish_orders(p_merchant bigint, p_orders bigint[], p_lines jsonb)
RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    IF p_lines IS NOT NULL THEN
        INSERT INTO commerce_orderline (
            merchant_id, order_id, position, product_id, sku, name, category_path, quantity, unit_price_minor, discount_minor,
            net_minor)
        SELECT p_merchant, (l ->> 0)::bigint, (l ->> 1)::int, (l ->> 2)::bigint, l ->> 3, l ->> 4, l ->> 5, (l ->> 6)::numeric,
               (l ->> 7)::bigint, (l ->> 8)::bigint, (l ->> 9)::bigint
        FROM jsonb_array_elements(p_lines) AS l;
    END IF;

    INSERT INTO commerce_purchasesummary AS s (
        merchant_id, customer_id, orders, spend_minor, refunded_minor, first_purchase_at, last_purchase_at
    )
    SELECT p_merchant, o.customer_id, count(*), sum(o.total_minor), 0, min(o.placed_at), max(o.placed_at)
    FROM commerce_order o
    WHERE o.merchant_id = p_merchant AND o.id = ANY (p_orders) AND o.customer_id IS NOT NULL AND o.paid_at IS NOT NULL
    GROUP BY o.customer_id
    ORDER BY o.customer_id  -- everybody in this order
    ON CONFLICT (customer_id) DO UPDATE SET
        orders = s.orders + excluded.orders,
        spend_minor = s.spend_minor + excluded.spend_minor,
        first_purchase_at = least(s.first_purchase_at, excluded.first_purchase_at),
        last_purchase_at = greatest(s.last_purchase_at, excluded.last_purchase_at);
END $$;

-- Add products that were not known, each sku once; what somebody else added meanwhile stays as it is.
-- p_products: [{sku, name, category, brand, price}]; returns {sku: product_id} of all of them
CREATE FUNCTION commerce_add_products(p_merchant bigint, p_now timestamptz, p_products jsonb)
RETURNS json LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_products json;
BEGIN
    INSERT INTO commerce_product (merchant_id, sku, name, category_path, brand, list_price_minor, created_at, updated_at)
    SELECT p_merchant, x.sku, x.name, x.category, x.brand, x.price, p_now, p_now
    FROM jsonb_to_recordset(p_products) AS x(sku text, name text, category text, brand text, price bigint)
    ORDER BY x.sku  -- everybody in this order, so that two batches wait for each other instead of deadlocking
    ON CONFLICT (merchant_id, sku) DO NOTHING;

    -- A fresh snapshot: it sees what another transaction committed while the insert above waited for it.
    SELECT json_object_agg(p.sku, p.id) INTO v_products
    FROM jsonb_to_recordset(p_products) AS x(sku text)
    JOIN commerce_product p ON p.merchant_id = p_merchant AND p.sku = x.sku;
    RETURN v_products;
END $$;
