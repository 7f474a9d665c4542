-- Pairs of neighbouring characters, so that a ticket is found by any two characters of its subject: Chinese has no blanks, and
-- trigrams find nothing for words of two characters.
CREATE FUNCTION aftersales_grams(subject text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT coalesce(array_agg(DISTINCT substr(lower(subject), n, 2)), '{}')
    FROM generate_series(1, length(subject) - 1) AS n
$$;
CREATE INDEX aftersales_ticket_grams ON aftersales_ticket USING gin (aftersales_grams(subject));
