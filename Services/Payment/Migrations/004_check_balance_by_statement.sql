-- A ledger transaction and all of its entries are written by one statement, so they are looked at when it ends, once for all of them.
DROP TRIGGER ledger_transactions_balance ON ledger_transactions;
DROP TRIGGER ledger_entries_balance ON ledger_entries;
DROP FUNCTION require_balance();

CREATE FUNCTION require_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  wrong record;
BEGIN
  SELECT transaction_id, count(debit) AS entries, coalesce(sum(debit), 0) - coalesce(sum(credit), 0) AS difference INTO wrong
  FROM (SELECT DISTINCT transaction_id FROM written) AS touched
  LEFT JOIN ledger_entries USING (transaction_id)
  GROUP BY transaction_id
  HAVING count(debit) < 2 OR sum(debit) <> sum(credit)
  LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'ledger transaction % has % entries, and its debits exceed its credits by %', wrong.transaction_id, wrong.entries, wrong.difference
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_balance';
  END IF;
  RETURN NULL;
END
$$;

CREATE TRIGGER ledger_transactions_balance AFTER INSERT ON ledger_transactions
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION require_balance();
CREATE TRIGGER ledger_entries_balance AFTER INSERT ON ledger_entries
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION require_balance();
