-- migrate:up
-- What live topics are to be told, in the transaction that makes it true; a row goes when it is
-- told.
CREATE TABLE live_messages (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    owner text, -- whose, where the topic is everybody's own
    type text NOT NULL,
    data jsonb NOT NULL
);

-- What is known of an order: who may follow it, and what a mail says of it.
CREATE TABLE orders (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL,
    lines jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX orders_user ON orders (user_id);
CREATE INDEX orders_created ON orders (created_at);

-- What the registry last said, to tell what changed since; one row.
CREATE TABLE stack_views (
    id boolean PRIMARY KEY DEFAULT true CHECK (id),
    epoch text NOT NULL,
    revision bigint NOT NULL,
    services jsonb NOT NULL
);

-- migrate:down
DROP TABLE stack_views, orders, live_messages;
