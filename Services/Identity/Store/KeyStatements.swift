import Concurrency
import Contracts
import Postgres

/// All stored keys, in the order of their generations.
struct SelectKeys: PostgresStatement {
  static let isReadOnly = true
  static let sql = """
    SELECT generation, kid, encode(public_key, 'hex'), encode(private_key, 'hex'),
      floor(extract(epoch FROM signs_from) * 1000)::bigint
    FROM signing_keys
    ORDER BY generation
    """

  static func decode(_ row: inout PostgresRow) throws -> StoredKey {
    try StoredKey(
      generation: row.next(), kid: row.next(), publicKey: row.bytes(), sealedPrivateKey: row.bytes(),
      signsFrom: Timestamp(milliseconds: row.next()))
  }
}

/// Inserts the next generation if the latest is old enough. Of two concurrent inserts the second conflicts and does nothing.
struct InsertKey: PostgresStatement {
  static let sql = """
    INSERT INTO signing_keys (generation, kid, public_key, private_key, signs_from)
    SELECT coalesce(max(generation), 0) + 1, $1, decode($2, 'hex'), decode($3, 'hex'),
      CASE WHEN count(*) = 0 THEN now() ELSE now() + $4::bigint * interval '1 millisecond' END
    FROM signing_keys
    HAVING coalesce(max(signs_from) <= now() - $5::bigint * interval '1 millisecond', true)
    ON CONFLICT (generation) DO NOTHING
    """
  let key: NewKey
  let lead: Duration
  let age: Duration

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(key.kid)
    parameters.append(Hexadecimal.encode(key.publicKey))
    parameters.append(Hexadecimal.encode(key.sealedPrivateKey))
    parameters.append(lead.wholeMilliseconds)
    parameters.append(age.wholeMilliseconds)
  }
}

/// Deletes keys whose tokens have all expired.
struct DeleteOldKeys: PostgresStatement {
  static let sql = """
    DELETE FROM signing_keys AS key
    USING signing_keys AS successor
    WHERE successor.generation = key.generation + 1 AND successor.signs_from < now() - $1::bigint * interval '1 millisecond'
    """
  let retention: Duration

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(retention.wholeMilliseconds)
  }
}

extension PostgresRow {
  /// Decodes the next column, bytes in hexadecimal.
  fileprivate mutating func bytes() throws -> [UInt8] {
    guard let bytes = Hexadecimal.decode(try next(String.self)) else {
      throw PostgresError(.decoding, message: "not hexadecimal")
    }
    return bytes
  }
}
