/// Hashes passwords with a slow key derivation function.
protocol PasswordHashing: Sendable {
  /// - Throws: an error that maps to 503 if too many passwords are waiting.
  func hash(_ password: String) async throws -> String
  /// Takes the same time with and without a hash to compare with.
  /// - Throws: as ``hash(_:)``.
  func verify(_ password: String, against hash: String?) async throws -> PasswordVerdict
}

enum PasswordVerdict: Hashable, Sendable {
  case wrong, right
  /// Right, but hashed with other cost parameters than the current ones.
  case outdated
}
