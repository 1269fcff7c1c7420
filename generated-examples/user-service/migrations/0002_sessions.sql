-- migrate:up
CREATE TABLE sessions (
    id uuid PRIMARY KEY, -- the family of its refresh tokens, and `sid` in its access tokens
    user_id uuid NOT NULL REFERENCES users,
    ua text NOT NULL,
    ip text NOT NULL,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    revoked_at timestamptz,
    reason text,
    CHECK ((revoked_at IS NULL) = (reason IS NULL))
);
CREATE INDEX sessions_user ON sessions (user_id, id);
CREATE INDEX sessions_last_used ON sessions (last_used_at);

CREATE TABLE refresh_tokens (
    hash bytea PRIMARY KEY,
    session_id uuid NOT NULL REFERENCES sessions ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);

-- At any time one key signs and the next one is shown already, so that everybody knows it in time.
-- not_after: when the active key is replaced; when a retired one is shown no longer.
CREATE TABLE signing_keys (
    kid text PRIMARY KEY,
    alg text NOT NULL,
    private_enc bytea NOT NULL,
    public_jwk jsonb NOT NULL,
    state text NOT NULL CHECK (state IN ('next', 'active', 'retired')),
    not_after timestamptz,
    CHECK ((state = 'next') = (not_after IS NULL))
);
CREATE UNIQUE INDEX signing_keys_one_of_each ON signing_keys (state) WHERE state <> 'retired';

CREATE TABLE service_clients (
    name text PRIMARY KEY,
    secret_hash bytea NOT NULL,
    created_at timestamptz NOT NULL
);

-- migrate:down
DROP TABLE service_clients, signing_keys, refresh_tokens, sessions;
