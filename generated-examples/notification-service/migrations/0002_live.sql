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

-- Whose an order is: who may follow it.
CREATE TABLE order_owners (
    order_id uuid PRIMARY KEY,
    user_id uuid NOT NULL
);
CREATE INDEX order_owners_user ON order_owners (user_id);

-- What the registry last said, to tell what changed since.
CREATE TABLE stack_services (
    name text PRIMARY KEY,
    instances jsonb NOT NULL
);

-- migrate:down
DROP TABLE stack_services, order_owners, live_messages;
