-- What the network has authorized. A reversal that comes before its authorization leaves a row with the status `reversed`.
CREATE TABLE authorizations (
  id           uuid PRIMARY KEY,
  reference    text NOT NULL CONSTRAINT authorizations_reference UNIQUE,
  amount       bigint NOT NULL CHECK (amount >= 0),
  status       text NOT NULL CHECK (status IN ('approved', 'declined', 'voided', 'reversed')),
  decline_code text,
  captured     bigint NOT NULL DEFAULT 0 CHECK (captured BETWEEN 0 AND amount),
  refunded     bigint NOT NULL DEFAULT 0 CHECK (refunded BETWEEN 0 AND captured),
  created_at   timestamptz NOT NULL DEFAULT now(),
  CHECK ((status = 'declined') = (decline_code IS NOT NULL)),
  CHECK (status = 'approved' OR captured = 0)
) WITH (fillfactor = 80);  -- room for the capture on the same page: no index needs to be touched

-- What was done under each key, with the answer that was given then.
CREATE TABLE operations (
  key              text CONSTRAINT operations_pkey PRIMARY KEY,
  fingerprint      text NOT NULL,
  kind             text NOT NULL CHECK (kind IN ('authorize', 'capture', 'refund', 'void', 'reverse')),
  authorization_id uuid NOT NULL,
  amount           bigint NOT NULL,
  body             text NOT NULL,
  created_at       timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX operations_created_at ON operations USING brin (created_at);

-- What the receiver is still to be told, and what it was told lately.
CREATE TABLE webhooks (
  id               uuid PRIMARY KEY,
  type             text NOT NULL,
  authorization_id uuid NOT NULL,
  reference        text NOT NULL,
  occurred_at      timestamptz NOT NULL DEFAULT now(),
  attempts         integer NOT NULL DEFAULT 0,
  next_attempt_at  timestamptz NOT NULL DEFAULT now(),
  delivered_at     timestamptz
) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 5000);

CREATE INDEX webhooks_due ON webhooks (next_attempt_at) WHERE delivered_at IS NULL;
CREATE INDEX webhooks_occurred_at ON webhooks USING brin (occurred_at);
