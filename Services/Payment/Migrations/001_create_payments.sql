CREATE TABLE payments (
  id               uuid PRIMARY KEY,
  order_id         uuid NOT NULL CONSTRAINT payments_order UNIQUE,
  customer_id      uuid NOT NULL,
  amount           bigint NOT NULL,
  status           text NOT NULL CHECK (status IN ('requested', 'authorized', 'declined', 'captured', 'voided', 'refunded')),
  captured         bigint NOT NULL DEFAULT 0 CHECK (captured IN (0, amount)),
  refunded         bigint NOT NULL DEFAULT 0 CHECK (refunded BETWEEN 0 AND captured),
  pending          text CHECK (pending IN ('authorize', 'capture', 'void', 'refund')),
  operations       bigint NOT NULL DEFAULT 0,  -- how many the card network was asked for
  authorization_id text,                       -- the card network's
  decline_reason   text,
  version          bigint NOT NULL CHECK (version > 0),
  timeline         jsonb NOT NULL,             -- version, status and time of each version
  created_at       timestamptz NOT NULL DEFAULT now(),
  updated_at       timestamptz NOT NULL DEFAULT now(),
  CHECK (amount > 0 OR amount = 0 AND status = 'voided'),
  CHECK (status <> 'requested' OR pending IS NOT NULL),
  CHECK ((status IN ('captured', 'refunded')) = (captured > 0)),
  CHECK ((status = 'refunded') = (captured > 0 AND refunded = captured))
) WITH (fillfactor = 60);  -- room for the next versions on the same page: no index needs to be touched

-- What the card network was asked for, or is about to be, and has not been heard to have done; one at a time for each payment.
-- A row lives as long as that is so, and the card's token goes with it.
CREATE TABLE pending_operations (
  payment_id  uuid PRIMARY KEY REFERENCES payments,
  number      bigint NOT NULL,
  operation   text NOT NULL CHECK (operation IN ('authorize', 'capture', 'void', 'refund')),
  amount      bigint NOT NULL,
  token       text CHECK (token IS NULL OR operation = 'authorize'),
  due_at      timestamptz NOT NULL,            -- when somebody has to find out what came of it
  attempts    integer NOT NULL DEFAULT 0,      -- 0 while the request that asked for it is under way
  traceparent text
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000);

CREATE INDEX pending_operations_due ON pending_operations (due_at);

-- Webhooks that were heard, for as long as their signatures could be played again.
CREATE TABLE provider_webhooks (
  id          text PRIMARY KEY,
  received_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX provider_webhooks_received_at ON provider_webhooks USING brin (received_at) WITH (pages_per_range = 32, autosummarize = on);
