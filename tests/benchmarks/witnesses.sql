-- One order, one spend, a hundred orders: what the product writes, by one statement each.
CREATE SEQUENCE IF NOT EXISTS bench_number;

-- p_start: the first of the batch's customers, counted from p_first; the others follow in strides through all p_members, as
-- they do in the product's batches.
DROP FUNCTION IF EXISTS bench_earn_batch;
CREATE OR REPLACE FUNCTION bench_earn_batch(
    p_merchant bigint, p_first bigint, p_members int, p_start int, p_n int, p_product bigint, p_version bigint)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_run bigint := nextval('bench_number');
    v_now timestamptz := clock_timestamp();
    v_customers bigint[] := ARRAY(SELECT p_first + (p_start + n * 7919::bigint) % p_members FROM generate_series(0, p_n - 1) n);
BEGIN
    INSERT INTO merchants_idempotencyrecord (merchant_id, key, request_hash, status, body, created_at)
    VALUES (p_merchant, 'bench-' || v_run, repeat('a', 64), 201, convert_to(repeat('x', 400), 'UTF8'), v_now);

    PERFORM FROM loyalty_account
    WHERE merchant_id = p_merchant AND customer_id = ANY (v_customers) ORDER BY id FOR NO KEY UPDATE;

    WITH ordered AS (
        INSERT INTO commerce_order (
            merchant_id, number, customer_id, source, channel, currency, discount_minor, shipping_minor, total_minor,
            refunded_minor, placed_at, paid_at, fingerprint, recorded_at)
        SELECT p_merchant, 'B' || v_run || '-' || n, v_customers[n + 1], 'api', 'online', 'CNY', 0, 0, 12300, 0, v_now, v_now,
               repeat('f', 32), v_now
        FROM generate_series(0, p_n - 1) n
        RETURNING id, customer_id, number
    ), lines AS (
        INSERT INTO commerce_orderline (
            merchant_id, order_id, position, product_id, sku, name, category_path, quantity, unit_price_minor, discount_minor,
            net_minor)
        SELECT p_merchant, o.id, k, p_product, 'BENCH', '', '茶/绿茶', 1, 6150, 0, 6150 FROM ordered o, generate_series(0, 1) k
    ), summed AS (
        INSERT INTO commerce_purchasesummary AS s (
            merchant_id, customer_id, orders, spend_minor, refunded_minor, first_purchase_at, last_purchase_at)
        SELECT p_merchant, o.customer_id, 1, 12300, 0, v_now, v_now FROM ordered o
        ON CONFLICT (customer_id) DO UPDATE SET orders = s.orders + 1, spend_minor = s.spend_minor + 12300,
            last_purchase_at = excluded.last_purchase_at
    ), credited AS (
        UPDATE loyalty_account a SET balance = a.balance + 123, lifetime_earned = a.lifetime_earned + 123,
            orders = a.orders + (a.wallet = 'growth')::int
        FROM ordered o WHERE a.merchant_id = p_merchant AND a.customer_id = o.customer_id
        RETURNING a.id, a.customer_id, a.wallet, a.balance, o.id AS order_id, o.number
    ), awarded AS (
        INSERT INTO loyalty_award (
            merchant_id, order_id, account_id, wallet, version_id, tier, multiplier, contributions, points, points_kept, awarded_at)
        SELECT p_merchant, c.order_id, c.id, c.wallet, p_version, 'regular', 1, '["61.50", "61.50"]', 123, 123, v_now FROM credited c
        RETURNING id, account_id, order_id
    ), entered AS (
        INSERT INTO loyalty_entry (
            merchant_id, account_id, kind, points, balance_after, reference, reason, award_id, actor_kind, actor_name, occurred_at,
            recorded_at)
        SELECT p_merchant, c.id, 'earn', 123, c.balance, 'order:' || c.number, '', w.id, 'api_key', 'bench', v_now, v_now
        FROM credited c JOIN awarded w ON w.account_id = c.id
        RETURNING id, account_id
    ), lotted AS (
        INSERT INTO loyalty_lot (merchant_id, account_id, entry_id, points, remaining, earned_at, expires_at, order_credit)
        SELECT p_merchant, e.account_id, e.id, 123, 123, v_now, v_now + interval '1 year', c.wallet = 'growth'
        FROM entered e JOIN credited c ON c.id = e.account_id
    )
    INSERT INTO events_event (
        merchant_id, type, payload, about_type, about_id, actor_kind, actor_id, actor_name, request_id, occurred_at, recorded_at)
    SELECT p_merchant, t, jsonb_build_object('order_id', o.id, 'number', o.number, 'points', 123), 'customers.customer',
           o.customer_id, 'api_key', 1, 'bench', 'bench', v_now, v_now
    FROM ordered o, unnest(ARRAY['commerce.order_recorded', 'loyalty.points_earned']) t;
END $$;

CREATE OR REPLACE FUNCTION bench_earn(p_merchant bigint, p_customer bigint, p_product bigint, p_version bigint)
RETURNS void LANGUAGE sql AS $$ SELECT bench_earn_batch(p_merchant, p_customer, 1, 0, 1, p_product, p_version) $$;

CREATE OR REPLACE FUNCTION bench_spend(p_merchant bigint, p_customer bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_run bigint := nextval('bench_number');
    v_now timestamptz := clock_timestamp();
    v_account bigint;
    v_lot bigint;
    v_balance bigint;
    v_hold bigint;
    v_entry bigint;
BEGIN
    INSERT INTO merchants_idempotencyrecord (merchant_id, key, request_hash, status, body, created_at)
    VALUES (p_merchant, 'bench-' || v_run, repeat('a', 64), 201, convert_to(repeat('x', 300), 'UTF8'), v_now);
    SELECT id INTO v_account FROM loyalty_account
    WHERE merchant_id = p_merchant AND customer_id = p_customer AND wallet = 'points' FOR NO KEY UPDATE;
    SELECT id INTO v_lot FROM loyalty_lot
    WHERE account_id = v_account AND remaining > 0 AND remaining > held AND expires_at > v_now
    ORDER BY expires_at ASC NULLS LAST, id LIMIT 1;
    UPDATE loyalty_account SET balance = balance - 1, lifetime_spent = lifetime_spent + 1 WHERE id = v_account
    RETURNING balance INTO v_balance;
    INSERT INTO loyalty_hold (
        merchant_id, account_id, reference, points, captured_points, state, description, parts, created_at, expires_at, settled_at)
    VALUES (p_merchant, v_account, 'bench-' || v_run, 1, 1, 'captured', '', '[]', v_now, v_now, v_now) RETURNING id INTO v_hold;
    INSERT INTO loyalty_entry (
        merchant_id, account_id, kind, points, balance_after, reference, reason, hold_id, actor_kind, actor_name, occurred_at,
        recorded_at)
    VALUES (p_merchant, v_account, 'spend', -1, v_balance, 'spend:bench-' || v_run, '', v_hold, 'api_key', 'bench', v_now, v_now)
    RETURNING id INTO v_entry;
    UPDATE loyalty_lot SET remaining = remaining - 1 WHERE id = v_lot;
    INSERT INTO loyalty_allocation (merchant_id, entry_id, lot_id, points) VALUES (p_merchant, v_entry, v_lot, 1);
    INSERT INTO events_event (
        merchant_id, type, payload, about_type, about_id, actor_kind, actor_id, actor_name, request_id, occurred_at, recorded_at)
    VALUES (p_merchant, 'loyalty.points_spent', jsonb_build_object('hold_id', v_hold, 'points', 1), 'customers.customer', p_customer,
            'api_key', 1, 'bench', 'bench', v_now, v_now);
END $$;
