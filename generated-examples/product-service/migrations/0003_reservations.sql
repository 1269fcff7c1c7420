-- migrate:up
CREATE TABLE reservations (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL UNIQUE,
    status text NOT NULL CHECK (status IN ('active', 'committed', 'released', 'expired')),
    expires_at timestamptz NOT NULL,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX reservations_due ON reservations (expires_at) WHERE status = 'active';

-- With what was true of the product when it was reserved.
CREATE TABLE reservation_lines (
    reservation_id uuid NOT NULL REFERENCES reservations,
    product_id uuid NOT NULL REFERENCES inventory,
    quantity bigint NOT NULL CHECK (quantity > 0),
    sku text NOT NULL,
    name text NOT NULL,
    price_minor bigint NOT NULL,
    currency char(3) NOT NULL,
    PRIMARY KEY (reservation_id, product_id)
);

-- migrate:down
DROP TABLE reservation_lines, reservations;
