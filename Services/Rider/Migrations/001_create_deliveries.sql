CREATE TABLE riders (
  id         uuid PRIMARY KEY,
  name       text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
  vehicle    text NOT NULL CHECK (vehicle IN ('bicycle', 'motorcycle', 'car')),
  status     text NOT NULL CHECK (status IN ('online', 'offline')),
  version    bigint NOT NULL CHECK (version > 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 80);

-- The last position of each rider, written over once a second at most. No index but the key, and half of each page free:
-- the next version of a row fits beside it, no index is touched, and the next writer clears the old versions away (HOT).
CREATE TABLE rider_positions (
  rider_id    uuid PRIMARY KEY REFERENCES riders,
  latitude    double precision NOT NULL,
  longitude   double precision NOT NULL,
  recorded_at timestamptz NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE deliveries (
  id                  uuid PRIMARY KEY,
  order_id            uuid NOT NULL CONSTRAINT deliveries_one_per_order UNIQUE,
  -- All of what follows is NULL in a tombstone: an order that was called off before its delivery was asked for.
  customer_id         uuid,
  shop_id             uuid,
  owner_id            uuid,
  pickup_address      text,
  pickup_latitude     double precision,
  pickup_longitude    double precision,
  drop_off_address    text,
  drop_off_latitude   double precision,
  drop_off_longitude  double precision,
  status              text NOT NULL CHECK (status IN ('requested', 'assigned', 'pickedUp', 'delivered', 'cancelled')),
  rider_id            uuid,
  rider_name          text,
  reason              text,
  version             bigint NOT NULL CHECK (version > 0),
  timeline            jsonb NOT NULL,
  -- In each round every free rider is asked once.
  round               integer NOT NULL DEFAULT 1,
  -- When to offer it next; NULL while an offer is open, and once there is nothing to offer.
  due_at              timestamptz,
  created_at          timestamptz NOT NULL DEFAULT now(),
  updated_at          timestamptz NOT NULL DEFAULT now(),
  CHECK (
    num_nulls(
      customer_id, shop_id, owner_id, pickup_address, pickup_latitude, pickup_longitude, drop_off_address,
      drop_off_latitude, drop_off_longitude) IN (0, CASE status WHEN 'cancelled' THEN 9 ELSE 0 END)),
  CHECK ((rider_id IS NULL) = (rider_name IS NULL)),
  CHECK (CASE status WHEN 'requested' THEN rider_id IS NULL WHEN 'cancelled' THEN true ELSE rider_id IS NOT NULL END),
  CHECK (due_at IS NULL OR status = 'requested')
);

CREATE UNIQUE INDEX deliveries_one_active_per_rider ON deliveries (rider_id) WHERE status IN ('assigned', 'pickedUp');
CREATE INDEX deliveries_waiting ON deliveries (due_at) WHERE status = 'requested';

-- Who was offered what, and what came of it. Whoever changes an offer locks its delivery first.
CREATE TABLE offers (
  delivery_id     uuid NOT NULL,
  round           integer NOT NULL,
  rider_id        uuid NOT NULL,
  distance_meters bigint NOT NULL CHECK (distance_meters >= 0),
  status          text NOT NULL CHECK (status IN ('open', 'accepted', 'declined', 'expired', 'withdrawn')),
  created_at      timestamptz NOT NULL DEFAULT now(),
  -- By the database's clock, which all instances share.
  expires_at      timestamptz NOT NULL,
  ended_at        timestamptz,
  PRIMARY KEY (delivery_id, round, rider_id),
  CHECK ((status = 'open') = (ended_at IS NULL))
);

CREATE UNIQUE INDEX offers_one_open_per_delivery ON offers (delivery_id) WHERE status = 'open';
CREATE UNIQUE INDEX offers_one_open_per_rider ON offers (rider_id) WHERE status = 'open';
