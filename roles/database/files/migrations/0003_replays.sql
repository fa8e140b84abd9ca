-- A replay reads the signals of one capsule, or of all, again from one point to another.
CREATE TABLE replays (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    -- All capsules when NULL.
    capsule_id uuid REFERENCES capsules (id) ON DELETE CASCADE,
    purpose text NOT NULL CHECK (purpose <> ''),
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'running', 'succeeded', 'failed', 'cancelled')),
    first_signal_id bigint NOT NULL DEFAULT 1 CHECK (first_signal_id > 0),
    -- Up to the newest when NULL.
    last_signal_id bigint CHECK (last_signal_id >= first_signal_id),
    -- Where to go on after an interruption. It names a position and not a row, hence without a foreign key.
    position bigint CHECK (position >= first_signal_id),
    requested_by text NOT NULL CHECK (requested_by <> ''),
    result jsonb,
    requested_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    finished_at timestamptz CHECK (finished_at >= started_at),
    CHECK ((state IN ('succeeded', 'failed', 'cancelled')) = (finished_at IS NOT NULL))
);

COMMENT ON TABLE replays IS 'Signals read again';
COMMENT ON COLUMN replays.position IS 'The last signal that was read';

CREATE INDEX replays_capsule_id_idx ON replays (capsule_id);
CREATE INDEX replays_requested_at_idx ON replays (requested_at);
-- What waits or runs is looked for all the time and is little.
CREATE INDEX replays_unfinished_idx ON replays (requested_at) WHERE finished_at IS NULL;
