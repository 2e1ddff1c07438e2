import Contracts

/// A key as it is stored: its private half encrypted.
struct StoredKey: Hashable, Sendable {
  let generation: Int64
  let kid: String
  let publicKey: [UInt8]
  let sealedPrivateKey: [UInt8]
  let signsFrom: Timestamp
}

/// Where signing keys are kept: what all instances agree through.
protocol KeyStore: Sendable {
  func keys() async throws -> [StoredKey]
  /// Publishes a key that signs after `lead`, or at once if it is the first of all. Nothing happens if the latest key is younger than
  /// `age`, counted from when it signs.
  func publish(_ key: NewKey, lead: Duration, ifOlderThan age: Duration) async throws
  /// Forgets keys whose successor has been signing for longer than `retention`.
  func forget(retention: Duration) async throws
}

struct NewKey: Sendable {
  let kid: String
  let publicKey: [UInt8]
  let sealedPrivateKey: [UInt8]
}
