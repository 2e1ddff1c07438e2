/// Counts attempts for all instances together; the counts survive restarts.
protocol AttemptStore: Sendable {
  /// Counts a sign-in attempt against its limits, or against none if one of them is exhausted.
  /// - Throws: `SessionError.tooManyAttempts`.
  func count(_ attempt: SignInAttempt) async throws -> CountedAttempt
  /// Undoes the count of an attempt.
  /// - Parameter trustsAddress: whether the account trusts the address from now on, because the password was right.
  func refund(_ attempt: SignInAttempt, _ counted: CountedAttempt, trustsAddress: Bool) async throws
  /// Counts against one limit.
  /// - Throws: `SessionError.tooManyAttempts`.
  func count(_ limit: AttemptLimit) async throws
}

/// The limits that an attempt was counted against: those of the pair and the address always, the account's not for trusted addresses.
struct CountedAttempt: Hashable, Sendable {
  let includesAccount: Bool
}
