-- A tree that a segment had stays as it was: "who was in it then, and why" must keep its answer.
CREATE FUNCTION analytics_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is never changed', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER analytics_version_immutable BEFORE UPDATE OR DELETE ON analytics_segmentversion
    FOR EACH ROW EXECUTE FUNCTION analytics_refuse_change();
