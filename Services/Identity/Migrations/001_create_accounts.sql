CREATE TABLE accounts (
  id            uuid PRIMARY KEY,
  -- In lower case, so that one address is one account however it is typed.
  email         text NOT NULL CONSTRAINT accounts_email UNIQUE CHECK (char_length(email) <= 254 AND email = lower(email)),
  name          text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
  role          text NOT NULL CHECK (role IN ('customer', 'owner', 'rider', 'operator')),
  status        text NOT NULL CHECK (status IN ('active', 'suspended')),
  -- A PHC string: the function and its costs stand beside salt and hash.
  password_hash text NOT NULL CHECK (password_hash LIKE '$scrypt$%'),
  -- Sessions of an earlier epoch are over: one number ends them all, those included that are beginning just now.
  epoch         bigint NOT NULL DEFAULT 1 CHECK (epoch > 0),
  version       bigint NOT NULL CHECK (version > 0),
  created_at    timestamptz NOT NULL DEFAULT now(),
  updated_at    timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX accounts_operators ON accounts (id) WHERE role = 'operator';

-- One for each sign-in, with every refresh token that came of it: the token family of RFC 9700, section 4.14.2.
CREATE TABLE sessions (
  id         uuid PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES accounts,
  epoch      bigint NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  ended_at   timestamptz,
  end_reason text CHECK (end_reason IN ('signedOut', 'reused')),
  CHECK ((ended_at IS NULL) = (end_reason IS NULL))
);

CREATE INDEX sessions_expiry ON sessions (expires_at);

-- The hash only; used ones stay until they expire, so that a second use is seen.
CREATE TABLE refresh_tokens (
  hash       bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
  session_id uuid NOT NULL REFERENCES sessions ON DELETE CASCADE,
  expires_at timestamptz NOT NULL,
  used_at    timestamptz
);

CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);
CREATE INDEX refresh_tokens_expiry ON refresh_tokens (expires_at);

-- Attempts to sign in, as token buckets in the form of GCRA: a key's theoretical arrival time says how much of its burst is gone.
CREATE TABLE attempts (
  -- SHA-256 of what is limited: an address, an account, or both.
  key           bytea PRIMARY KEY CHECK (octet_length(key) = 32),
  arrival       timestamptz NOT NULL,
  -- The account was signed in to from the address: strangers' attempts don't count against it until then.
  trusted_until timestamptz
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000);

CREATE TABLE signing_keys (
  -- Grows by one with every rotation, so that of two instances that rotate at once one finds the number taken.
  generation  bigint PRIMARY KEY CHECK (generation > 0),
  -- RFC 7638's thumbprint of the public key.
  kid         text NOT NULL UNIQUE,
  public_key  bytea NOT NULL CHECK (octet_length(public_key) = 32),
  -- Nonce, ciphertext and tag of AES-GCM; the kid is authenticated with them.
  private_key bytea NOT NULL CHECK (octet_length(private_key) = 60),
  created_at  timestamptz NOT NULL DEFAULT now(),
  signs_from  timestamptz NOT NULL
);
