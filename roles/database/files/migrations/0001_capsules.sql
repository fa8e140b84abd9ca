-- A capsule is a sequence of signals that belong together: the stream of events of one thing.
CREATE TABLE capsules (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    kind text NOT NULL CHECK (kind <> ''),
    name text NOT NULL CHECK (name <> ''),
    -- The number of its newest signal. Writers raise it with the number they have read as a condition.
    revision bigint NOT NULL DEFAULT 0 CHECK (revision >= 0),
    attributes jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(attributes) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    sealed_at timestamptz,
    UNIQUE (kind, name)
);

COMMENT ON TABLE capsules IS 'Streams of signals';
COMMENT ON COLUMN capsules.revision IS 'Number of the newest signal, 0 before the first';
COMMENT ON COLUMN capsules.sealed_at IS 'Since when it takes no more signals';

CREATE INDEX capsules_created_at_idx ON capsules (created_at);
CREATE INDEX capsules_open_idx ON capsules (kind, updated_at) WHERE sealed_at IS NULL;
