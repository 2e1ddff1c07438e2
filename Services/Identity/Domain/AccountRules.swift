/// A value in a request that breaks a rule.
struct RuleViolation: Hashable, Sendable {
  /// The value's position, as a JSON pointer (RFC 6901) into the request.
  let pointer: String
  let detail: String
}

/// The rules for accounts. The database enforces lengths with CHECK constraints.
enum AccountRules {
  static let nameLength = 1...100
  static let emailLength = 3...254
  static let passwordLength = 10...128

  static func violations(of account: NewAccount) -> [RuleViolation] {
    var found: [RuleViolation] = []
    if !isEmail(account.email) {
      found.append(RuleViolation(pointer: "/email", detail: "must be an email address of at most 254 ASCII characters"))
    }
    checkName(account.name, &found)
    if let violation = violation(ofPassword: account.password, email: account.email, at: "/password") { found.append(violation) }
    return found
  }

  /// Only length is required, as NIST SP 800-63B recommends: composition rules lead to weaker passwords.
  static func violation(ofPassword password: String, email: String, at pointer: String) -> RuleViolation? {
    if !passwordLength.contains(password.unicodeScalars.count) {
      return RuleViolation(
        pointer: pointer, detail: "must have \(passwordLength.lowerBound) to \(passwordLength.upperBound) characters")
    }
    if password.lowercased() == email.lowercased() { return RuleViolation(pointer: pointer, detail: "must not be the email") }
    return nil
  }

  /// The form in which accounts store it: `A@B.example` and `a@b.example` are the same.
  static func normalized(email: String) -> String { email.lowercased() }

  /// A valid email address as HTML defines it: ASCII only, without quoted local part and comments.
  static func isEmail(_ text: String) -> Bool {
    guard emailLength.contains(text.utf8.count) else { return false }
    let parts = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
    guard parts.count == 2, (1...64).contains(parts[0].count), parts[0].allSatisfy(isAtom) else { return false }
    let labels = parts[1].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return labels.allSatisfy { label in
      (1...63).contains(label.count) && label.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
        && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
    }
  }

  private static func isAtom(_ byte: UInt8) -> Bool {
    isLetterOrDigit(byte) || ".!#$%&'*+/=?^_`{|}~-".utf8.contains(byte)
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    default: false
    }
  }

  /// Lengths are in Unicode scalars, as PostgreSQL's `char_length` counts them.
  private static func checkName(_ name: String, _ found: inout [RuleViolation]) {
    if !nameLength.contains(name.unicodeScalars.count) {
      found.append(
        RuleViolation(pointer: "/name", detail: "must have \(nameLength.lowerBound) to \(nameLength.upperBound) characters"))
    } else if name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
      found.append(RuleViolation(pointer: "/name", detail: "must not contain control characters"))
    } else if name.unicodeScalars.allSatisfy(\.properties.isWhitespace) {
      found.append(RuleViolation(pointer: "/name", detail: "must not be blank"))
    }
  }
}
