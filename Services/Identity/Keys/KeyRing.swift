import Concurrency
import Auth
import Contracts

/// A key that signs tokens, or did, or will.
struct SigningKey: Sendable {
  /// Grows by one with every rotation.
  let generation: Int64
  /// As verifiers see it.
  let published: JSONWebKey
  let signsFrom: Timestamp
  /// Signs with it; `nil` if it was encrypted with another secret than ours.
  let signer: TokenSigner?

  var kid: String { published.kid }
}

/// The keys as they were read last. Which of them signs, and which are still published, depends on the time and on nothing else.
struct KeyRing: Sendable {
  /// In the order of their generations.
  let keys: [SigningKey]

  init(_ keys: [SigningKey]) {
    self.keys = keys.sorted { $0.generation < $1.generation }
  }

  /// The latest whose time has come. The first of all signs at once, even if our clock is behind the database's.
  func signing(at now: Timestamp) -> SigningKey? {
    let ours = keys.filter { $0.signer != nil }
    return ours.last { $0.signsFrom <= now } ?? ours.first
  }

  /// The next one, the one that signs, and those whose last token may not have ended yet.
  /// - Parameter retention: how long a key is published after its successor has begun to sign.
  func published(at now: Timestamp, retention: Duration) -> [SigningKey] {
    keys.enumerated().filter { index, _ in
      index + 1 == keys.count || keys[index + 1].signsFrom.milliseconds + retention.wholeMilliseconds > now.milliseconds
    }.map(\.element)
  }
}
