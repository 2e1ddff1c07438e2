/// An account that can sign in: the response of `GET /accounts/{id}`.
public struct Account: Hashable, Sendable, Codable, Aggregate {
  public var id: Identifier
  /// In lower case; no two accounts have the same.
  public var email: String
  public var name: String
  public var role: AccountRole
  public var status: AccountStatus
  public var version: Int64
  public var createdAt: Timestamp
  public var updatedAt: Timestamp

  public init(
    id: Identifier, email: String, name: String, role: AccountRole, status: AccountStatus, version: Int64,
    createdAt: Timestamp, updatedAt: Timestamp
  ) {
    self.id = id
    self.email = email
    self.name = name
    self.role = role
    self.status = status
    self.version = version
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}

/// The role of an account; it never changes.
public enum AccountRole: String, CaseIterable, Codable, Hashable, Sendable {
  case customer, owner, rider, `operator`
}

/// Whether an account may sign in.
public enum AccountStatus: String, CaseIterable, Codable, Hashable, Sendable {
  case active, suspended
}
