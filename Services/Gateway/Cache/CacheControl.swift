import HTTPTypes

/// The freshness lifetime of a response in a shared cache (RFC 9111, sections 3 and 5.2.2).
///
/// Stricter than the RFC: only responses with an explicit `public` are cacheable, and none with `Vary` or `Set-Cookie`.
struct CacheControl: Sendable {
  /// In seconds, at least 1.
  let lifetime: Int

  init?(_ fields: HTTPFields) {
    guard !fields.contains(.setCookie), !fields.contains(.vary) else { return nil }
    var isPublic = false
    var lifetime: Int?
    var shared: Int?
    for directive in fields[values: .cacheControl].joined(separator: ",").split(separator: ",") {
      let parts = directive.split(separator: "=", maxSplits: 1)
      guard let name = parts.first?.trimmed.lowercased() else { continue }
      let argument = parts.count == 2 ? parts[1].trimmed : nil
      switch name {
      case "public": isPublic = true
      case "private", "no-store", "no-cache": return nil
      case "max-age": lifetime = Self.seconds(argument) ?? 0
      case "s-maxage": shared = Self.seconds(argument) ?? 0
      default: break
      }
    }
    let age = fields[.age].flatMap { Self.seconds(Substring($0)) } ?? 0
    guard isPublic, let maximumAge = shared ?? lifetime, maximumAge > age else { return nil }
    self.lifetime = maximumAge - age
  }

  private static func seconds(_ text: Substring?) -> Int? {
    guard let text, (1...9).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return Int(text)
  }
}

extension Substring {
  fileprivate var trimmed: Substring {
    var rest = drop { $0 == " " || $0 == "\t" || $0 == "\"" }
    while let last = rest.last, last == " " || last == "\t" || last == "\"" { rest.removeLast() }
    return rest
  }
}
