-- migrate:up
CREATE TABLE counters (key text PRIMARY KEY, n bigint NOT NULL);
CREATE TABLE effects (key text NOT NULL, n bigint NOT NULL);
CREATE TABLE seen (key text PRIMARY KEY, last bigint NOT NULL);
CREATE TABLE disorder (key text NOT NULL, n bigint NOT NULL, last bigint NOT NULL);

-- migrate:down
DROP TABLE disorder, seen, effects, counters;
