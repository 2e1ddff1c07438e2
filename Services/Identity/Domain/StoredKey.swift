import Contracts

/// A signing key as it is stored, with its private key encrypted.
struct StoredKey: Hashable, Sendable {
  let generation: Int64
  let kid: String
  let publicKey: [UInt8]
  let sealedPrivateKey: [UInt8]
  let signsFrom: Timestamp
}

/// A signing key to be stored.
struct NewKey: Sendable {
  let kid: String
  let publicKey: [UInt8]
  let sealedPrivateKey: [UInt8]
}
