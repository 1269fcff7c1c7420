-- migrate:up
CREATE EXTENSION IF NOT EXISTS citext;

CREATE TABLE users (
    id uuid PRIMARY KEY,
    email citext UNIQUE, -- null once it is erased
    email_verified_at timestamptz,
    password_hash text,
    display_name text NOT NULL,
    locale text NOT NULL,
    status text NOT NULL CHECK (status IN ('active', 'disabled', 'erased')),
    roles text[] NOT NULL,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    CHECK ((status = 'erased') = (email IS NULL)),
    CHECK ((status = 'erased') = (password_hash IS NULL))
);
CREATE INDEX users_admins ON users (id) WHERE 'admin' = ANY (roles);

CREATE TABLE addresses (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users,
    name text NOT NULL,
    line1 text NOT NULL,
    line2 text,
    postal_code text NOT NULL,
    city text NOT NULL,
    country char(2) NOT NULL,
    phone text,
    created_at timestamptz NOT NULL
);
CREATE INDEX addresses_user ON addresses (user_id, id);

-- What was mailed to somebody as a link: who opens it reads the mails of that address.
CREATE TABLE one_time_tokens (
    hash bytea PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users,
    purpose text NOT NULL CHECK (purpose IN ('verify-email', 'reset-password')),
    password_hash text, -- of the registration that the link confirms
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX one_time_tokens_user ON one_time_tokens (user_id, purpose, created_at);

-- Attempts to prove a password, by the hash of the address: most addresses that are tried are
-- nobody's here, and none of our business.
CREATE TABLE login_attempts (
    address_hash bytea PRIMARY KEY,
    count integer NOT NULL,
    since timestamptz NOT NULL
);

-- Who did what; a row stays when the user is erased, without the address it came from.
CREATE TABLE audit_log (
    id uuid PRIMARY KEY,
    at timestamptz NOT NULL,
    action text NOT NULL,
    user_id uuid REFERENCES users, -- whom it was done to
    actor text NOT NULL, -- who did it: a user, a service client, or nobody we know
    ip text,
    request_id text,
    details jsonb NOT NULL
);
CREATE INDEX audit_log_user ON audit_log (user_id, id);

-- migrate:down
DROP TABLE audit_log, login_attempts, one_time_tokens, addresses, users;
