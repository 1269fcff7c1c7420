-- migrate:up
-- What user-service says of its users: where their mails go, and in which language.
CREATE TABLE recipients (
    user_id uuid PRIMARY KEY,
    email text, -- null once it is erased; the row stays, so that nothing is begun for them again
    display_name text NOT NULL,
    locale text NOT NULL,
    version integer NOT NULL, -- of the account: what an older event says is old
    erased_at timestamptz,
    CHECK ((email IS NULL) = (erased_at IS NOT NULL))
);

-- Every version stays: the last one is used, and which one a mail was made of can be told.
CREATE TABLE templates (
    key text NOT NULL,
    locale text NOT NULL,
    version integer NOT NULL,
    subject text NOT NULL,
    text text NOT NULL,
    html text,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    PRIMARY KEY (key, locale, version)
);

-- What somebody does not want; what nobody said is wanted.
CREATE TABLE preferences (
    user_id uuid NOT NULL,
    category text NOT NULL,
    channel text NOT NULL,
    PRIMARY KEY (user_id, category, channel)
);

CREATE TABLE notifications (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL,
    kind text NOT NULL,
    data jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    read_at timestamptz
);
CREATE INDEX notifications_user ON notifications (user_id, id);
CREATE INDEX notifications_created ON notifications (created_at);

CREATE TABLE deliveries (
    id uuid PRIMARY KEY,
    dedupe_key text NOT NULL UNIQUE, -- claimed before anything is sent
    message_id text, -- the same in every attempt
    template text NOT NULL,
    channel text NOT NULL,
    user_id uuid,
    recipient text, -- the address; null until it is looked up, and once it is erased
    data jsonb, -- what fills the template; null once the mail is over
    status text NOT NULL CHECK (status IN ('pending', 'delivered', 'failed')),
    reason text,
    attempts integer NOT NULL, -- since it was last begun
    due_at timestamptz NOT NULL,
    lease_owner uuid,
    lease_until timestamptz,
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    ended_at timestamptz,
    CHECK ((status = 'pending') = (ended_at IS NULL)),
    CHECK ((status = 'failed') = (reason IS NOT NULL))
);
CREATE INDEX deliveries_due ON deliveries (due_at) WHERE status = 'pending';
CREATE INDEX deliveries_user ON deliveries (user_id, id);
CREATE INDEX deliveries_failed ON deliveries (id) WHERE status = 'failed';
CREATE INDEX deliveries_ended ON deliveries (ended_at) WHERE status <> 'pending';

-- Begun before the mail server is spoken to: one without an outcome was cut off.
CREATE TABLE delivery_attempts (
    id uuid PRIMARY KEY,
    delivery_id uuid NOT NULL REFERENCES deliveries ON DELETE CASCADE,
    began_at timestamptz NOT NULL,
    ended_at timestamptz,
    outcome text,
    reply text
);
CREATE INDEX delivery_attempts_delivery ON delivery_attempts (delivery_id, id);

-- Addresses that a mail server has refused for good, by their hash.
CREATE TABLE suppressions (
    address_hash bytea PRIMARY KEY,
    reason text NOT NULL,
    created_at timestamptz NOT NULL
);

-- migrate:down
DROP TABLE suppressions, delivery_attempts, deliveries, notifications, preferences, templates,
    recipients;
