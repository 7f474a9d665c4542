-- What happened stays: everything a ticket shows is derived from its history, and its messages are evidence.
CREATE FUNCTION aftersales_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER aftersales_event_append_only BEFORE UPDATE OR DELETE ON aftersales_ticketevent
    FOR EACH STATEMENT EXECUTE FUNCTION aftersales_refuse_change();
-- A message's author may leave the team: the reference is emptied, the name stays.
CREATE TRIGGER aftersales_message_kept BEFORE UPDATE OF merchant_id, ticket_id, is_note, author, author_name, body_html, body_text,
    reference, sent_at OR DELETE ON aftersales_message
    FOR EACH STATEMENT EXECUTE FUNCTION aftersales_refuse_change();
-- Versions of rule books and calendars are what deadlines were counted by.
CREATE TRIGGER aftersales_version_kept BEFORE UPDATE OR DELETE ON aftersales_deskversion
    FOR EACH STATEMENT EXECUTE FUNCTION aftersales_refuse_change();
CREATE TRIGGER aftersales_calendar_kept BEFORE UPDATE OR DELETE ON aftersales_calendarversion
    FOR EACH STATEMENT EXECUTE FUNCTION aftersales_refuse_change();
