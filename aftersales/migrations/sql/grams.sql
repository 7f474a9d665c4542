-- Pairs of neighbouring characters of one shop's subjects, so that a ticket is found by any two characters: Chinese has no blanks,
-- and trigrams find nothing for words of two characters. The shop stands in each pair: a GIN index has no other column for it.
CREATE FUNCTION aftersales_grams(shop bigint, subject text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT coalesce(array_agg(DISTINCT shop || ':' || substr(lower(subject), n, 2)), '{}')
    FROM generate_series(1, length(subject) - 1) AS n
$$;
CREATE INDEX aftersales_ticket_grams ON aftersales_ticket USING gin (aftersales_grams(merchant_id, subject));
