import Web

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A client's name and secret from an `Authorization` header: HTTP Basic (RFC 7617), both form-encoded (RFC 6749, section 2.3.1).
struct BasicCredentials: Hashable, Sendable {
  let name: String
  let secret: String

  init?(_ header: String) {
    let parts = header.split(separator: " ", maxSplits: 1)
    guard
      parts.count == 2, parts[0].lowercased() == "basic", let data = Data(base64Encoded: String(parts[1])),
      let text = String(validating: data, as: UTF8.self), let colon = text.firstIndex(of: ":"),
      let name = Query.decode(text[..<colon]), let secret = Query.decode(text[text.index(after: colon)...])
    else { return nil }
    self.name = name
    self.secret = secret
  }
}
