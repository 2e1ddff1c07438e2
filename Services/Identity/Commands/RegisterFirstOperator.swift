/// Registers the first operator, who can then register others.
struct RegisterFirstOperator: Sendable {
  let accounts: any AccountStore
  let passwords: any PasswordHashing

  /// - Returns: false if there is an operator, or the email is taken.
  func register(_ account: NewAccount) async throws -> Bool {
    if try await accounts.hasOperator() { return false }
    return try await accounts.registerFirstOperator(account, passwordHash: try await passwords.hash(account.password))
  }
}
