-- migrate:up
CREATE TABLE effects (n bigint NOT NULL);
CREATE TABLE orders (id uuid PRIMARY KEY, name text NOT NULL);

-- migrate:down
DROP TABLE orders, effects;
