-- migrate:up
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE categories (
    id uuid PRIMARY KEY,
    slug text NOT NULL UNIQUE,
    name text NOT NULL,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE TABLE products (
    id uuid PRIMARY KEY,
    sku text NOT NULL UNIQUE,
    name text NOT NULL,
    description text NOT NULL,
    category_id uuid REFERENCES categories,
    price_minor bigint NOT NULL CHECK (price_minor > 0),
    currency char(3) NOT NULL,
    attributes jsonb NOT NULL,
    status text NOT NULL CHECK (status IN ('active', 'archived')),
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    tsv tsvector NOT NULL GENERATED ALWAYS AS (
        setweight(to_tsvector('simple', sku), 'A')
        || setweight(to_tsvector('english', name), 'A')
        || setweight(to_tsvector('english', description), 'C')
    ) STORED
);
CREATE INDEX products_words ON products USING gin (tsv);
CREATE INDEX products_name_trigrams ON products USING gin (name gin_trgm_ops);
CREATE INDEX products_newest ON products (created_at, id);
CREATE INDEX products_by_price ON products (price_minor, id);
CREATE INDEX products_by_name ON products (name, id);
CREATE INDEX products_of_category ON products (category_id, created_at, id);

-- migrate:down
DROP TABLE products, categories;
