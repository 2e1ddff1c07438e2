import Persistence

/// The SQL expression for the JSON of an account: PostgreSQL produces the documents that clients read.
enum AccountDocument {
  /// A row of `accounts` as the JSON of `Contracts.Account`.
  static func account(_ account: String) -> String {
    """
    json_build_object(
      'id', \(account).id,
      'email', \(account).email,
      'name', \(account).name,
      'role', \(account).role,
      'status', \(account).status,
      'version', \(account).version,
      'createdAt', \(DocumentSQL.time("\(account).created_at")),
      'updatedAt', \(DocumentSQL.time("\(account).updated_at")))
    """
  }
}
