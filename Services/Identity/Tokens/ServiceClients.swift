import Contracts
import Crypto

/// The services that may get tokens, each with its name and the SHA-256 of its secret.
///
/// Secrets are long and random, unlike passwords: they can't be guessed, so a fast hash is enough.
struct ServiceClients: Sendable {
  struct Client: Hashable, Sendable {
    let name: String
    /// The `sub` claim of the service's tokens, derived from the name.
    let id: Identifier
  }

  /// Why the setting is invalid.
  struct Malformed: Error {
    let reason: String
  }

  private let hashes: [String: [UInt8]]

  /// Reads `order:<64 hexadecimal digits>,rider:…`.
  init(_ text: String) throws(Malformed) {
    var hashes: [String: [UInt8]] = [:]
    for entry in text.split(separator: ",") {
      let parts = entry.split(separator: ":", omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty, parts[0].utf8.allSatisfy(Self.isNameByte) else {
        throw Malformed(reason: "must be a comma-separated list of name:hash, with names of a-z, 0-9 and -")
      }
      guard let hash = Hexadecimal.decode(parts[1]), hash.count == SHA256.byteCount else {
        throw Malformed(reason: "must have a SHA-256 of 64 hexadecimal digits for \(parts[0])")
      }
      guard hashes.updateValue(hash, forKey: String(parts[0])) == nil else {
        throw Malformed(reason: "names \(parts[0]) twice")
      }
    }
    self.hashes = hashes
  }

  /// The client with this name and secret. An unknown name takes as long as a wrong secret.
  func authenticate(name: String, secret: String) -> Client? {
    let known = hashes[name]
    // Digests are compared in constant time.
    let isMatch = SHA256.hash(data: Array(secret.utf8)) == known ?? [UInt8](repeating: 0, count: SHA256.byteCount)
    return isMatch && known != nil ? Client(name: name, id: Self.id(of: name)) : nil
  }

  /// A UUID of version 8 (RFC 9562, section 5.8), derived from the name.
  static func id(of name: String) -> Identifier {
    var words: (high: UInt64, low: UInt64) = (0, 0)
    for (index, byte) in SHA256.hash(data: Array("baedal service \(name)".utf8)).prefix(16).enumerated() {
      if index < 8 { words.high = words.high << 8 | UInt64(byte) } else { words.low = words.low << 8 | UInt64(byte) }
    }
    words.high = words.high & ~0xf000 | 0x8000
    words.low = words.low & ~(0b11 << 62) | 0b10 << 62
    return Identifier(words: words)
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
    default: false
    }
  }
}
