import Contracts

/// An account to be registered.
struct NewAccount: Hashable, Sendable {
  /// In lower case.
  let email: String
  let password: String
  let name: String
  let role: AccountRole
}

/// The account that a command addresses, and the command's precondition.
struct AccountTarget: Sendable {
  let id: Identifier
  /// The version of `If-Match`; `nil` for any version.
  var expectedVersion: Int64?
}

/// The fields of an account that sign-in needs.
struct SignInCredentials: Hashable, Sendable {
  let id: Identifier
  let email: String
  let name: String
  let role: AccountRole
  let status: AccountStatus
  /// The epoch in which the password was read; see ``SessionStore``.
  let epoch: Int64
  let passwordHash: String
}
