-- migrate:up
-- What an order costs is agreed before anything is asked for (grand); what it is made of is known
-- once the cart has told.
CREATE TABLE orders (
    id uuid PRIMARY KEY,
    number text NOT NULL UNIQUE,
    user_id uuid NOT NULL,
    cart_id uuid NOT NULL,
    cart_version integer NOT NULL,
    address_id uuid NOT NULL,
    payment_method text NOT NULL,
    status text NOT NULL CHECK (status IN ('pending', 'awaiting_payment', 'paid', 'shipped',
        'delivered', 'rejected', 'cancelled', 'refund_pending', 'refunded')),
    reason text,
    rejection jsonb, -- what the customer is told of one that was rejected
    before_refund text,
    currency char(3) NOT NULL,
    items_minor bigint,
    shipping_minor bigint,
    tax_minor bigint,
    discount_minor bigint,
    grand_minor bigint NOT NULL CHECK (grand_minor > 0),
    address jsonb,
    expires_at timestamptz NOT NULL, -- it is paid by then, or cancelled
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CHECK ((status = 'refund_pending') = (before_refund IS NOT NULL))
);
CREATE UNIQUE INDEX orders_one_of_a_cart ON orders (cart_id, cart_version)
    WHERE status NOT IN ('cancelled', 'rejected');
CREATE INDEX orders_user ON orders (user_id, id);
CREATE INDEX orders_status ON orders (status, id);

CREATE TABLE order_lines (
    order_id uuid NOT NULL REFERENCES orders,
    position integer NOT NULL,
    product_id uuid NOT NULL,
    sku text NOT NULL,
    name text NOT NULL,
    quantity integer NOT NULL CHECK (quantity > 0),
    unit_price_minor bigint NOT NULL CHECK (unit_price_minor >= 0),
    PRIMARY KEY (order_id, position)
);

CREATE TABLE order_history (
    order_id uuid NOT NULL REFERENCES orders,
    version integer NOT NULL,
    status text NOT NULL,
    reason text,
    actor text NOT NULL, -- who did it: a user's id, or one of our own parts
    at timestamptz NOT NULL,
    PRIMARY KEY (order_id, version)
);

-- One row an attempt.  It is there before the provider is asked, so that no charge is forgotten.
CREATE TABLE payments (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES orders,
    attempt integer NOT NULL CHECK (attempt > 0),
    provider text NOT NULL,
    provider_id text,
    method text NOT NULL,
    status text NOT NULL CHECK (status IN ('created', 'processing', 'requires_action', 'succeeded',
        'declined', 'cancelled')),
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    currency char(3) NOT NULL,
    decline_code text,
    client_secret text,
    next_action jsonb,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (order_id, attempt),
    UNIQUE (provider, provider_id)
);
CREATE UNIQUE INDEX payments_one_success ON payments (order_id) WHERE status = 'succeeded';

CREATE TABLE refunds (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES orders,
    payment_id uuid NOT NULL REFERENCES payments,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    currency char(3) NOT NULL,
    reason text NOT NULL,
    provider_id text,
    status text NOT NULL CHECK (status IN ('pending', 'succeeded', 'failed')),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX refunds_order ON refunds (order_id, id);
CREATE INDEX refunds_payment ON refunds (payment_id);

CREATE FUNCTION refunds_within_captured() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    captured bigint;
BEGIN
    SELECT amount_minor INTO captured FROM payments
    WHERE id = NEW.payment_id AND status = 'succeeded' AND currency = NEW.currency FOR UPDATE;
    IF captured IS NULL OR captured < (
        SELECT sum(amount_minor) FROM refunds
        WHERE payment_id = NEW.payment_id AND status <> 'failed'
    ) THEN
        RAISE check_violation USING
            MESSAGE = 'more would be refunded than was captured',
            CONSTRAINT = 'refunds_within_captured';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER refunds_within_captured AFTER INSERT OR UPDATE ON refunds
    FOR EACH ROW EXECUTE FUNCTION refunds_within_captured();

CREATE TABLE shipments (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL UNIQUE REFERENCES orders,
    carrier text NOT NULL,
    tracking_number text NOT NULL,
    shipped_at timestamptz NOT NULL,
    delivered_at timestamptz
);

CREATE TABLE webhook_events (
    provider text NOT NULL,
    event_id text NOT NULL,
    type text NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    processed_at timestamptz,
    raw bytea NOT NULL,
    PRIMARY KEY (provider, event_id)
);
CREATE INDEX webhook_events_received ON webhook_events (received_at);

-- Work that takes several steps with calls to others between them.  Whoever holds the lease does the
-- next one; a lease that has ended is anybody's.
CREATE TABLE sagas (
    id uuid PRIMARY KEY, -- that of the order to place, or of the refund to send
    name text NOT NULL,
    order_id uuid NOT NULL REFERENCES orders,
    step text NOT NULL,
    attempt integer NOT NULL DEFAULT 0,
    reservation_id uuid,
    traceparent text NOT NULL, -- the request that it belongs to
    request_id text NOT NULL,
    next_run_at timestamptz NOT NULL DEFAULT now(),
    lease_owner uuid,
    lease_until timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CHECK ((lease_owner IS NULL) = (lease_until IS NULL))
);
CREATE INDEX sagas_due ON sagas (next_run_at) WHERE step <> 'done';

-- migrate:down
DROP TABLE sagas, webhook_events, shipments, refunds, payments, order_history, order_lines, orders;
DROP FUNCTION refunds_within_captured;
