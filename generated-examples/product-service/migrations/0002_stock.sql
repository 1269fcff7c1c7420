-- migrate:up
-- No index on what changes, so that a change stays on its page (a HOT update): an index of what is
-- to be announced would make every order a fifth slower, and reading all of 100,000 rows takes 5 ms.
CREATE TABLE inventory (
    product_id uuid PRIMARY KEY REFERENCES products,
    on_hand bigint NOT NULL DEFAULT 0 CHECK (on_hand >= 0),
    reserved bigint NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    announced bigint NOT NULL DEFAULT 0, -- what of it was free when the others were last told
    announcements integer NOT NULL DEFAULT 0,
    CHECK (reserved <= on_hand)
) WITH (fillfactor = 70);

-- Why there is as much of a product as there is: on_hand is the sum of its movements.
CREATE TABLE stock_movements (
    id uuid PRIMARY KEY,
    product_id uuid NOT NULL REFERENCES inventory,
    delta bigint NOT NULL CHECK (delta <> 0),
    reason text NOT NULL,
    reservation_id uuid, -- where it was sold
    actor text NOT NULL, -- a user, a service, or the pseudonym of a user who is erased
    created_at timestamptz NOT NULL
);
CREATE INDEX stock_movements_product ON stock_movements (product_id, id);
CREATE INDEX stock_movements_actor ON stock_movements (actor, id) WHERE reservation_id IS NULL;

CREATE FUNCTION move_stock() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE inventory SET on_hand = on_hand + NEW.delta WHERE product_id = NEW.product_id;
    RETURN NULL;
END $$;
CREATE TRIGGER move_stock AFTER INSERT ON stock_movements
    FOR EACH ROW EXECUTE FUNCTION move_stock();

CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER only_movements_change_the_stock BEFORE UPDATE OF on_hand ON inventory
    FOR EACH ROW WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION refuse('stock changes by a row in stock_movements only');
CREATE TRIGGER stock_begins_empty BEFORE INSERT ON inventory
    FOR EACH ROW WHEN (NEW.on_hand <> 0 OR NEW.reserved <> 0)
    EXECUTE FUNCTION refuse('stock changes by a row in stock_movements only');
-- The actor is left out: whoever is erased gets a pseudonym.
CREATE TRIGGER movements_stay
    BEFORE DELETE OR UPDATE OF id, product_id, delta, reason, reservation_id, created_at
    ON stock_movements FOR EACH ROW EXECUTE FUNCTION refuse('stock_movements is append-only');
CREATE TRIGGER all_movements_stay BEFORE TRUNCATE ON stock_movements
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('stock_movements is append-only');

-- migrate:down
DROP TABLE stock_movements, inventory;
DROP FUNCTION move_stock, refuse;
