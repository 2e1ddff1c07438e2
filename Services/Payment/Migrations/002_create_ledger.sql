-- A type and not a foreign key: a reference would lock one of five rows from every movement of money at once.
CREATE TYPE ledger_account AS ENUM (
  'card_holds', 'customer_holds', 'card_network_receivable', 'merchant_payable', 'refunds');

-- Balances are closed up to a position now and then; what came after it is summed when somebody asks.
CREATE TABLE ledger_accounts (
  account        ledger_account PRIMARY KEY,
  kind           text NOT NULL CHECK (kind IN ('asset', 'liability', 'contra_liability')),
  description    text NOT NULL,
  closed_through bigint NOT NULL DEFAULT 0,
  closed_debit   numeric NOT NULL DEFAULT 0,
  closed_credit  numeric NOT NULL DEFAULT 0
);

INSERT INTO ledger_accounts (account, kind, description) VALUES
  ('card_holds', 'asset', 'held on cards and not captured'),
  ('customer_holds', 'liability', 'the same amounts, still the customers'''),
  ('card_network_receivable', 'asset', 'owed to us by the card network: captured less refunded'),
  ('merchant_payable', 'liability', 'captured for the shops'),
  ('refunds', 'contra_liability', 'gone back to customers');

CREATE TABLE ledger_transactions (
  transaction_id uuid PRIMARY KEY,
  payment_id     uuid NOT NULL REFERENCES payments,
  version        bigint NOT NULL,              -- of the payment, which the movement made
  kind           text NOT NULL CHECK (kind IN ('authorization', 'capture', 'void', 'refund', 'part_refund')),
  amount         bigint NOT NULL CHECK (amount > 0),
  at             timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT ledger_transactions_version UNIQUE (payment_id, version)
);

-- At most one authorization, one capture, one void and one full refund of a payment.
CREATE UNIQUE INDEX ledger_transactions_once ON ledger_transactions (payment_id, kind) WHERE kind <> 'part_refund';

CREATE TABLE ledger_entries (
  position       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  transaction_id uuid NOT NULL REFERENCES ledger_transactions,
  account        ledger_account NOT NULL,
  debit          bigint NOT NULL CHECK (debit >= 0),
  credit         bigint NOT NULL CHECK (credit >= 0),
  CHECK ((debit = 0) <> (credit = 0))
);

CREATE INDEX ledger_entries_transaction ON ledger_entries (transaction_id);

-- Looked at when the database transaction commits, since a ledger transaction is balanced only when all of its entries are there.
CREATE FUNCTION require_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  entries    bigint;
  difference numeric;
BEGIN
  SELECT count(*), coalesce(sum(debit), 0) - coalesce(sum(credit), 0) INTO entries, difference
  FROM ledger_entries
  WHERE transaction_id = NEW.transaction_id;
  IF entries < 2 OR difference <> 0 THEN
    RAISE EXCEPTION 'ledger transaction % has % entries, and its debits exceed its credits by %', NEW.transaction_id, entries, difference
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_balance';
  END IF;
  RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER ledger_transactions_balance AFTER INSERT ON ledger_transactions
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION require_balance();
CREATE CONSTRAINT TRIGGER ledger_entries_balance AFTER INSERT ON ledger_entries
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION require_balance();

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: a mistake is put right by another transaction', TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER ledger_transactions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_transactions
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entries
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
