-- migrate:up
CREATE TABLE erasures (
    user_id uuid PRIMARY KEY REFERENCES users,
    requested_at timestamptz NOT NULL,
    erase_by timestamptz NOT NULL,
    asked_at timestamptz NOT NULL, -- when the others were last told
    completed_at timestamptz
);
CREATE INDEX erasures_pending ON erasures (asked_at) WHERE completed_at IS NULL;

CREATE TABLE erasure_acks (
    user_id uuid NOT NULL REFERENCES erasures,
    service text NOT NULL,
    erased_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, service)
);

-- migrate:down
DROP TABLE erasure_acks, erasures;
