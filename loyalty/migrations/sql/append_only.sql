-- Invariant 1: what is posted stays. A mistake is reversed by another entry.
CREATE FUNCTION loyalty_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER loyalty_entry_append_only BEFORE UPDATE OR DELETE ON loyalty_entry
    FOR EACH ROW EXECUTE FUNCTION loyalty_refuse_change();
CREATE TRIGGER loyalty_allocation_append_only BEFORE UPDATE OR DELETE ON loyalty_allocation
    FOR EACH ROW EXECUTE FUNCTION loyalty_refuse_change();
CREATE TRIGGER loyalty_version_immutable BEFORE UPDATE OR DELETE ON loyalty_programmeversion
    FOR EACH ROW WHEN (OLD.state = 'published') EXECUTE FUNCTION loyalty_refuse_change();

-- An award keeps what it was made from; only what refunds left of it moves, and only downwards.
CREATE FUNCTION loyalty_guard_award() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.merchant_id, NEW.order_id, NEW.account_id, NEW.wallet, NEW.version_id, NEW.tier, NEW.multiplier,
        NEW.contributions, NEW.points, NEW.awarded_at)
       IS DISTINCT FROM
       (OLD.id, OLD.merchant_id, OLD.order_id, OLD.account_id, OLD.wallet, OLD.version_id, OLD.tier, OLD.multiplier,
        OLD.contributions, OLD.points, OLD.awarded_at)
       OR NEW.points_kept > OLD.points_kept THEN
        RAISE EXCEPTION 'an award keeps what it was made from' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loyalty_award_kept BEFORE UPDATE ON loyalty_award FOR EACH ROW EXECUTE FUNCTION loyalty_guard_award();

-- Invariant 2, first half: each entry continues the balance of the one before it.
CREATE FUNCTION loyalty_check_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_account bigint;
BEGIN
    SELECT n.account_id INTO v_account
    FROM (
        SELECT account_id, id, points, balance_after,
               lag(balance_after) OVER (PARTITION BY account_id ORDER BY id) AS before,
               row_number() OVER (PARTITION BY account_id ORDER BY id) AS place
        FROM written
    ) n
    WHERE n.balance_after <> n.points + CASE WHEN n.place > 1 THEN n.before ELSE coalesce(
        (SELECT e.balance_after FROM loyalty_entry e WHERE e.account_id = n.account_id AND e.id < n.id ORDER BY e.id DESC LIMIT 1),
        0) END
    LIMIT 1;
    IF v_account IS NOT NULL THEN
        RAISE EXCEPTION 'account %: balance_after does not continue the ledger', v_account
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER loyalty_entry_chain AFTER INSERT ON loyalty_entry
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION loyalty_check_chain();

-- Invariant 2, second half: at commit an account's balance is the one that its last entry states.
CREATE FUNCTION loyalty_check_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_stored bigint;
    v_stated bigint;
BEGIN
    SELECT balance INTO v_stored FROM loyalty_account WHERE id = NEW.id;
    SELECT balance_after INTO v_stated FROM loyalty_entry WHERE account_id = NEW.id ORDER BY id DESC LIMIT 1;
    IF v_stored IS DISTINCT FROM coalesce(v_stated, 0) THEN
        RAISE EXCEPTION 'account %: balance % is not the ledger''s %', NEW.id, v_stored, v_stated
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER loyalty_account_states_ledger AFTER INSERT OR UPDATE OF balance ON loyalty_account
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION loyalty_check_balance();
