import Concurrency
import Auth
import Contracts

/// A past, current or next signing key.
struct SigningKey: Sendable {
  /// Incremented by every rotation.
  let generation: Int64
  /// The public key, as verifiers get it.
  let published: JSONWebKey
  let signsFrom: Timestamp
  /// `nil` if the private key was encrypted with another secret than this instance's.
  let signer: TokenSigner?

  var kid: String { published.kid }
}

/// The keys as they were last read. Which of them signs and which are published depends only on the time.
struct KeyRing: Sendable {
  /// In the order of their generations.
  let keys: [SigningKey]

  init(_ keys: [SigningKey]) {
    self.keys = keys.sorted { $0.generation < $1.generation }
  }

  /// The latest key whose `signsFrom` has passed. The first key signs at once, even if this clock is behind the database's.
  func signing(at now: Timestamp) -> SigningKey? {
    let usable = keys.filter { $0.signer != nil }
    return usable.last { $0.signsFrom <= now } ?? usable.first
  }

  /// The next key, the signing key, and those whose last token may not have expired yet.
  /// - Parameter retention: how long a key is published after its successor has begun to sign.
  func published(at now: Timestamp, retention: Duration) -> [SigningKey] {
    keys.enumerated().filter { index, _ in
      index + 1 == keys.count || keys[index + 1].signsFrom.milliseconds + retention.wholeMilliseconds > now.milliseconds
    }.map(\.element)
  }
}
