/// A rate limit: a burst of attempts, and then one in every interval.
struct AttemptRate: Hashable, Sendable {
  let burst: Int
  let intervalMilliseconds: Int64
}

/// A rate limit for one key.
struct AttemptLimit: Hashable, Sendable {
  /// What is limited; the store keeps only its hash.
  let key: String
  let rate: AttemptRate
}

/// The rate limits for sign-in attempts: for an account from one address, for an account, and for an address.
///
/// An attacker with many addresses exhausts the account's limit, which would lock its holder out. Addresses from which the account was
/// signed in to before are therefore exempt from it: for them only the limits of the pair and of the address apply, which attempts from
/// elsewhere don't use up.
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

/// The limits that one sign-in attempt counts against.
struct SignInAttempt: Hashable, Sendable {
  let pair: AttemptLimit
  let account: AttemptLimit
  let address: AttemptLimit
}
