-- Delivered orders: who may review what.
CREATE TABLE invitations (
  order_id     uuid PRIMARY KEY,
  customer_id  uuid NOT NULL,
  shop_id      uuid NOT NULL,
  owner_id     uuid NOT NULL,
  delivered_at timestamptz NOT NULL
);

CREATE INDEX invitations_customer ON invitations (customer_id, order_id DESC);

-- One for each order, for ever: a deleted review keeps its row, and so its order's place.
CREATE TABLE reviews (
  id          uuid PRIMARY KEY,
  order_id    uuid NOT NULL CONSTRAINT reviews_order UNIQUE REFERENCES invitations,
  shop_id     uuid NOT NULL,
  owner_id    uuid NOT NULL,
  customer_id uuid NOT NULL,
  rating      smallint NOT NULL CHECK (rating BETWEEN 1 AND 5),
  text        text NOT NULL CHECK (char_length(text) <= 1000),
  reply       text CHECK (char_length(reply) BETWEEN 1 AND 1000),
  replied_at  timestamptz,
  version     bigint NOT NULL CHECK (version > 0),
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  deleted_at  timestamptz,
  CHECK ((reply IS NULL) = (replied_at IS NULL))
) WITH (fillfactor = 90);

-- Ids are made in the order of time, so the newest reviews of a shop stand at one end.
CREATE INDEX reviews_shop ON reviews (shop_id, id) WHERE deleted_at IS NULL;

-- The sum of each shop's live reviews, kept up by the statements that change them.
CREATE TABLE ratings (
  shop_id    uuid PRIMARY KEY,
  count      bigint NOT NULL CHECK (count >= 0),
  sum        bigint NOT NULL CHECK (sum BETWEEN count AND count * 5),
  version    bigint NOT NULL CHECK (version > 0),
  updated_at timestamptz NOT NULL DEFAULT now()
  -- A popular shop's row changes all the time: room for its versions on the page keeps the index out of it.
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000);
