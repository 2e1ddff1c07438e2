#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// scrypt's cost parameters (RFC 7914).
struct ScryptCost: Hashable, Sendable {
  /// N, as a power of two.
  let logN: Int
  let r: Int
  let p: Int
}

/// A stored password hash with its parameters, in the PHC string format: `$scrypt$ln=14,r=8,p=5$<salt>$<hash>`.
struct PasswordHash: Hashable, Sendable {
  let cost: ScryptCost
  let salt: [UInt8]
  let hash: [UInt8]

  init(cost: ScryptCost, salt: [UInt8], hash: [UInt8]) {
    self.cost = cost
    self.salt = salt
    self.hash = hash
  }

  init?(_ text: String) {
    let parts = text.split(separator: "$", omittingEmptySubsequences: false)
    guard parts.count == 5, parts[0].isEmpty, parts[1] == "scrypt" else { return nil }
    let parameters = parts[2].split(separator: ",", omittingEmptySubsequences: false)
    guard
      parameters.count == 3, let logN = Self.value(parameters[0], "ln="), let r = Self.value(parameters[1], "r="),
      let p = Self.value(parameters[2], "p="), (1...30).contains(logN), (1...64).contains(r), (1...64).contains(p),
      let salt = Self.bytes(parts[3]), let hash = Self.bytes(parts[4]), !salt.isEmpty, hash.count >= 16
    else { return nil }
    self.init(cost: ScryptCost(logN: logN, r: r, p: p), salt: salt, hash: hash)
  }

  var text: String {
    "$scrypt$ln=\(cost.logN),r=\(cost.r),p=\(cost.p)$\(Self.text(salt))$\(Self.text(hash))"
  }

  private static func value(_ text: Substring, _ name: String) -> Int? {
    text.hasPrefix(name) ? Int(text.dropFirst(name.count)) : nil
  }

  /// Base64 without padding, as the PHC string format requires.
  private static func text(_ bytes: [UInt8]) -> String {
    String(Data(bytes).base64EncodedString().prefix { $0 != "=" })
  }

  private static func bytes(_ text: Substring) -> [UInt8]? {
    let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
    return Data(base64Encoded: text + padding).map { Array($0) }
  }
}
