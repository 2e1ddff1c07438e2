import Contracts

/// An account that is to be made.
struct NewAccount: Hashable, Sendable {
  /// In lower case.
  let email: String
  let password: String
  let name: String
  let role: AccountRole
}

/// The account that a command is about, and what must be true of it.
struct AccountTarget: Sendable {
  let id: Identifier
  /// The version that the client has seen, if it insists on it.
  var expectedVersion: Int64?
}

/// What has to be known of an account to let somebody in.
struct SignInCredentials: Hashable, Sendable {
  let id: Identifier
  let email: String
  let name: String
  let role: AccountRole
  let status: AccountStatus
  /// Sessions begin in the epoch in which the password was looked at; see `SessionStore`.
  let epoch: Int64
  let passwordHash: String
}
