/// How often something may be tried: so many times in a row, and then once in every interval.
struct AttemptRate: Hashable, Sendable {
  let burst: Int
  let intervalMilliseconds: Int64
}

/// One thing whose attempts are counted.
struct AttemptLimit: Hashable, Sendable {
  /// What is limited; the store keeps its hash.
  let key: String
  let rate: AttemptRate
}

/// The limits of an attempt to sign in.
///
/// Somebody who tries passwords from many addresses exhausts the account's own limit, and would lock its holder out. That limit is
/// therefore not for addresses from which the account was signed in to before: they have the limit of the pair, and the
/// address's, which strangers elsewhere don't touch.
struct SignInLimits: Hashable, Sendable {
  let pair: AttemptRate
  let account: AttemptRate
  let address: AttemptRate

  func attempt(onEmail email: String, from address: String) -> SignInAttempt {
    SignInAttempt(
      pair: AttemptLimit(key: "pair \(address) \(email)", rate: pair),
      account: AttemptLimit(key: "account \(email)", rate: account),
      address: AttemptLimit(key: "address \(address)", rate: self.address))
  }
}

struct SignInAttempt: Hashable, Sendable {
  let pair: AttemptLimit
  let account: AttemptLimit
  let address: AttemptLimit
}

/// Where attempts are counted, for all instances together and over restarts.
protocol AttemptStore: Sendable {
  /// Counts an attempt against all three limits, or against none.
  /// - Throws: `SessionError.tooManyAttempts`.
  func take(_ attempt: SignInAttempt) async throws -> TakenAttempt
  /// Gives back what was counted.
  /// - Parameter isRight: whether the password was right, which makes the address known to the account from now on.
  func giveBack(_ attempt: SignInAttempt, _ taken: TakenAttempt, isRight: Bool) async throws
  /// Counts against one limit.
  /// - Throws: `SessionError.tooManyAttempts`.
  func take(_ limit: AttemptLimit) async throws
}

/// Which limits an attempt was counted against.
struct TakenAttempt: Hashable, Sendable {
  let countsForAccount: Bool
}
