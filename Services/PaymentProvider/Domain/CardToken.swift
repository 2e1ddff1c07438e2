/// A reference to a card, `tok_…`; some tokens determine the result of the authorization.
struct CardToken: Hashable, Sendable {
  enum Verdict: Hashable, Sendable {
    case approved
    case declined(code: String)
    /// Approved, without a response to the first request.
    case approvedWithoutResponse
  }

  let verdict: Verdict

  /// - Parameter text: `tok_` and 1 to 60 alphanumeric ASCII characters or underscores; the result is `nil` for anything else.
  init?(_ text: String) {
    let name = text.utf8.dropFirst(4)
    guard text.hasPrefix("tok_"), (1...60).contains(name.count), name.allSatisfy(Self.isWordCharacter) else { return nil }
    verdict =
      switch text {
      case "tok_declined": .declined(code: "declined")
      case "tok_insufficient_funds": .declined(code: "insufficient_funds")
      case "tok_timeout": .approvedWithoutResponse
      default: .approved
      }
  }

  /// Why the card is declined; `nil` if it is approved.
  var declineCode: String? {
    if case .declined(let code) = verdict { code } else { nil }
  }

  private static func isWordCharacter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
