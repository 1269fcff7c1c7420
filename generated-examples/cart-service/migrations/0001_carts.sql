-- migrate:up
CREATE TABLE product_snapshots (
    id uuid PRIMARY KEY,
    sku text NOT NULL,
    name text NOT NULL,
    price_minor bigint NOT NULL,
    currency char(3) NOT NULL,
    status text NOT NULL CHECK (status IN ('active', 'archived')),
    version integer NOT NULL
);

CREATE TABLE carts (
    id uuid PRIMARY KEY,
    user_id uuid,
    guest_token_hash bytea UNIQUE,
    status text NOT NULL CHECK (status IN ('active', 'converted', 'merged', 'expired')),
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    expires_at timestamptz,
    abandoned_at timestamptz,
    merged_into uuid REFERENCES carts ON DELETE CASCADE,
    CHECK ((user_id IS NULL) <> (guest_token_hash IS NULL))
);
CREATE UNIQUE INDEX carts_active ON carts (user_id) WHERE status = 'active';
CREATE INDEX carts_of_user ON carts (user_id);
CREATE INDEX carts_idle ON carts (updated_at)
    WHERE status = 'active' AND user_id IS NOT NULL AND abandoned_at IS NULL;
CREATE INDEX carts_expiring ON carts (expires_at) WHERE status = 'active';
CREATE INDEX carts_ended ON carts (coalesce(expires_at, updated_at)) WHERE status <> 'active';
CREATE INDEX carts_merged ON carts (merged_into) WHERE merged_into IS NOT NULL;

CREATE TABLE cart_lines (
    cart_id uuid NOT NULL REFERENCES carts ON DELETE CASCADE,
    product_id uuid NOT NULL REFERENCES product_snapshots,
    quantity smallint NOT NULL CHECK (quantity BETWEEN 1 AND 99),
    unit_price_minor bigint NOT NULL, -- the price that the customer last agreed to see
    currency char(3) NOT NULL,
    added_at timestamptz NOT NULL,
    PRIMARY KEY (cart_id, product_id)
);

-- An order takes its quantities out of a cart once, however often its payment is told.
CREATE TABLE conversions (
    order_id uuid PRIMARY KEY,
    cart_id uuid NOT NULL,
    user_id uuid NOT NULL,
    converted_at timestamptz NOT NULL
);
CREATE INDEX conversions_of_user ON conversions (user_id);

-- migrate:down
DROP TABLE conversions, cart_lines, carts, product_snapshots;
