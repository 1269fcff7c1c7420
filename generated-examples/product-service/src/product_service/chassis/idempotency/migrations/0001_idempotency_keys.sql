-- migrate:up
-- One row a key: claimed in the transaction of the effect, with the answer once there is one.
CREATE TABLE idempotency_keys (
    key text PRIMARY KEY,
    fingerprint bytea NOT NULL,
    expires_at timestamptz NOT NULL,
    holder uuid NOT NULL,
    leased_until timestamptz,
    reference text,
    status smallint,
    headers json,
    body bytea
);
CREATE INDEX idempotency_keys_expires_at ON idempotency_keys (expires_at);

-- migrate:down
DROP TABLE idempotency_keys;
