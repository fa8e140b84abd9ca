-- A signal is one event. It is written once and never changed.
CREATE TABLE signals (
    -- The order over all capsules in which readers follow; gaps are left by transactions that were rolled back.
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    capsule_id uuid NOT NULL REFERENCES capsules (id) ON DELETE RESTRICT,
    revision bigint NOT NULL CHECK (revision > 0),
    type text NOT NULL CHECK (type <> ''),
    payload jsonb NOT NULL,
    metadata jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(metadata) = 'object'),
    -- Given by senders that may send twice.
    idempotency_key uuid UNIQUE,
    correlation_id uuid,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (capsule_id, revision)
);

COMMENT ON TABLE signals IS 'Events, appended only';
COMMENT ON COLUMN signals.revision IS 'Number within its capsule, counted from 1';
COMMENT ON COLUMN signals.occurred_at IS 'When it happened, by the clock of its sender';
COMMENT ON COLUMN signals.recorded_at IS 'When it was written here';

CREATE INDEX signals_type_recorded_at_idx ON signals (type, recorded_at);
CREATE INDEX signals_correlation_id_idx ON signals (correlation_id) WHERE correlation_id IS NOT NULL;
-- Rows lie in the order of their time, so a few pages are enough to find a range of it.
CREATE INDEX signals_recorded_at_idx ON signals USING brin (recorded_at);
CREATE INDEX signals_payload_idx ON signals USING gin (payload jsonb_path_ops);

CREATE FUNCTION signals_refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'signals are never changed: write a new one' USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER signals_refuse_change BEFORE UPDATE ON signals
FOR EACH ROW EXECUTE FUNCTION signals_refuse_change();
