-- migrate:up
ALTER TABLE outbox ADD COLUMN private boolean NOT NULL DEFAULT false;

-- migrate:down
ALTER TABLE outbox DROP COLUMN private;
