import Contracts

/// The rules for accounts. The database enforces lengths with CHECK constraints.
enum AccountRules {
  static let name = TextRule(1...100)
  static let emailLength = 3...254
  static let passwordLength = 10...128

  static func errors(in account: NewAccount) -> [FieldError] {
    var errors: [FieldError] = []
    if !isEmail(account.email) {
      errors.append(FieldError(pointer: "/email", detail: "must be an email address of at most 254 ASCII characters"))
    }
    if let error = name.error(in: account.name, at: "/name") { errors.append(error) }
    if let error = error(inPassword: account.password, email: account.email, at: "/password") { errors.append(error) }
    return errors
  }

  /// Only length is required, as NIST SP 800-63B recommends: composition rules lead to weaker passwords.
  static func error(inPassword password: String, email: String, at pointer: String) -> FieldError? {
    if !passwordLength.contains(password.unicodeScalars.count) {
      return FieldError(
        pointer: pointer, detail: "must have \(passwordLength.lowerBound) to \(passwordLength.upperBound) characters")
    }
    if password.lowercased() == email.lowercased() { return FieldError(pointer: pointer, detail: "must not be the email") }
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
}
