-- What happened to each order: the truth, only ever added to.
CREATE TABLE order_events (
  order_id uuid NOT NULL,
  version  bigint NOT NULL CHECK (version > 0),
  type     text NOT NULL,
  data     json NOT NULL,
  actor    text NOT NULL,
  at       timestamptz NOT NULL,
  PRIMARY KEY (order_id, version)
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END
$$;

CREATE TRIGGER order_events_append_only BEFORE UPDATE OR DELETE ON order_events
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The events of an order folded up to its last version, so that a command loads one row.
CREATE TABLE order_snapshots (
  order_id    uuid PRIMARY KEY,
  version     bigint NOT NULL CHECK (version > 0),
  status      text NOT NULL CHECK (status IN
    ('placed', 'paid', 'accepted', 'pickedUp', 'delivered', 'paymentFailed', 'rejected', 'cancelled', 'expired')),
  customer_id uuid NOT NULL,
  shop_id     uuid NOT NULL,
  owner_id    uuid NOT NULL,
  payment_id  uuid NOT NULL,
  total       bigint NOT NULL CHECK (total >= 0),
  document    json NOT NULL,
  placed_at   timestamptz NOT NULL,
  updated_at  timestamptz NOT NULL
) WITH (fillfactor = 70);  -- room for the next version on the same page: no index needs to be touched

-- Where the checkout of each order stands. Times that end in _ms are saga time: see saga_clock.
CREATE TABLE checkout_sagas (
  order_id       uuid PRIMARY KEY,
  payment_id     uuid NOT NULL,
  customer_id    uuid NOT NULL,
  amount         bigint NOT NULL CHECK (amount >= 0),
  token          text,  -- stands for the card; gone as soon as the authorization is known
  step           text NOT NULL CHECK (step IN
    ('authorize', 'awaitShop', 'capture', 'awaitRider', 'awaitDelivery', 'releaseRider', 'abandonDelivery', 'void', 'refund', 'done')),
  status         text NOT NULL CHECK (status IN ('running', 'compensating', 'completed', 'compensated')),
  attempts       integer NOT NULL DEFAULT 0,
  deadline_ms    bigint,
  due_ms         bigint,  -- none once the saga has ended
  last_error     text,
  reason         text,
  payment        text,  -- what the participants were last seen to say
  delivery       text,
  awaits_payment boolean NOT NULL DEFAULT false,  -- what became of the last call is unknown: the payment's next event is of interest
  history        jsonb NOT NULL DEFAULT '[]',
  version        bigint NOT NULL CHECK (version > 0),
  updated_at     timestamptz NOT NULL DEFAULT now(),
  CHECK ((step = 'done') = (status IN ('completed', 'compensated'))),
  CHECK ((step = 'done') = (due_ms IS NULL))
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000);  -- every move touches the first index below

-- Both hold only what is under way, so they stay small however many orders there were.
CREATE INDEX checkout_sagas_due ON checkout_sagas (due_ms) WHERE due_ms IS NOT NULL;
CREATE INDEX checkout_sagas_payment ON checkout_sagas (payment_id) WHERE awaits_payment;

-- Milliseconds that the service has lived through, on any instance; a wall clock that jumps doesn't move it.
CREATE TABLE saga_clock (
  id         boolean PRIMARY KEY DEFAULT true CHECK (id),
  elapsed_ms bigint NOT NULL CHECK (elapsed_ms >= 0)
);
INSERT INTO saga_clock (elapsed_ms) VALUES (0);

-- A copy of what the shop service shows, kept by its events: prices are taken from here.
CREATE TABLE shops (
  id            uuid PRIMARY KEY,
  version       bigint NOT NULL CHECK (version > 0),
  deleted       boolean NOT NULL,  -- what stays is a tombstone, so that an older answer can't bring the shop back
  owner_id      uuid,
  name          text,
  address       text,
  latitude      double precision,
  longitude     double precision,
  status        text,
  minimum_order bigint,
  delivery_fee  bigint,
  menu          jsonb NOT NULL DEFAULT '{}',  -- by the items' ids: {"name": …, "price": won}
  CHECK (deleted OR (owner_id, name, address, latitude, longitude, status, minimum_order, delivery_fee) IS NOT NULL)
) WITH (fillfactor = 80);

-- Who has begun to make the copy in full, and whether it was finished.
CREATE TABLE shop_copy_builds (
  builder text PRIMARY KEY,
  built   boolean NOT NULL
);
