-- migrate:up
CREATE TABLE outbox (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id uuid NOT NULL UNIQUE,
    shard smallint NOT NULL,
    type text NOT NULL,
    subject text NOT NULL,
    time timestamptz NOT NULL DEFAULT now(),
    ext jsonb NOT NULL DEFAULT '{}',
    data bytea NOT NULL
);
CREATE INDEX outbox_shard ON outbox (shard, seq);
-- Rows come and go: what they leave is to be cleared away long before a fifth of the table is dead.
ALTER TABLE outbox SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

CREATE TABLE inbox (
    consumer text NOT NULL,
    event_id uuid NOT NULL,
    processed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer, event_id)
);
CREATE INDEX inbox_processed_at ON inbox (processed_at);

-- migrate:down
DROP TABLE inbox;
DROP TABLE outbox;
