-- migrate:up
CREATE TABLE orders (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

-- migrate:down
DROP TABLE orders;
