CREATE TABLE shops (
  id            uuid PRIMARY KEY,
  owner_id      uuid NOT NULL,
  name          text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
  category      text NOT NULL,
  district      text NOT NULL,
  latitude      double precision NOT NULL CHECK (latitude BETWEEN -90 AND 90),
  longitude     double precision NOT NULL CHECK (longitude BETWEEN -180 AND 180),
  address       text NOT NULL CHECK (char_length(address) BETWEEN 1 AND 200),
  minimum_order bigint NOT NULL CHECK (minimum_order >= 0),
  delivery_fee  bigint NOT NULL CHECK (delivery_fee >= 0),
  status        text NOT NULL CHECK (status IN ('open', 'paused', 'closed')),
  version       bigint NOT NULL CHECK (version > 0),
  created_at    timestamptz NOT NULL DEFAULT now(),
  updated_at    timestamptz NOT NULL DEFAULT now(),
  deleted_at    timestamptz
) WITH (fillfactor = 80);  -- room for the next version on the same page: no index needs to be touched

CREATE TABLE menu_items (
  id          uuid PRIMARY KEY,
  shop_id     uuid NOT NULL REFERENCES shops,
  position    bigint GENERATED ALWAYS AS IDENTITY,
  name        text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
  price       bigint NOT NULL CHECK (price > 0),
  description text CHECK (char_length(description) <= 500)
);

CREATE INDEX menu_items_shop ON menu_items (shop_id, position);
