-- migrate:up
CREATE TABLE counters (key text PRIMARY KEY, n bigint NOT NULL);
CREATE TABLE effects (key text NOT NULL, n bigint NOT NULL);
CREATE TABLE seen (key text PRIMARY KEY, last bigint NOT NULL);
CREATE TABLE disorder (key text NOT NULL, n bigint NOT NULL, last bigint NOT NULL);
CREATE TABLE demand (events bigint NOT NULL); -- in all, if more than was set
INSERT INTO demand VALUES (0);

-- migrate:down
DROP TABLE demand, disorder, seen, effects, counters;
