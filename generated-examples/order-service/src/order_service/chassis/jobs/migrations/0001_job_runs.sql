-- migrate:up
CREATE TABLE job_runs (
    name text PRIMARY KEY,
    due_at timestamptz NOT NULL
);

-- migrate:down
DROP TABLE job_runs;
