-- migrate:up
-- Without an owner, who is erased: what still happens to such an order is told to nobody.
ALTER TABLE orders ALTER COLUMN user_id DROP NOT NULL;

-- migrate:down
DELETE FROM orders WHERE user_id IS NULL;
ALTER TABLE orders ALTER COLUMN user_id SET NOT NULL;
