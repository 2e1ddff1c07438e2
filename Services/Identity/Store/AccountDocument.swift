import Persistence
import Idempotency

/// The JSON of accounts, as an SQL expression: the database writes what clients read.
enum AccountDocument {
  /// A row of `accounts`, in the shape of `Contracts.Account`.
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
