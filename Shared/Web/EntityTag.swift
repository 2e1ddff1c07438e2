/// The `ETag` of a versioned resource: version 7 is `"v7"` (RFC 9110, section 8.8.3).
public struct EntityTag: Hashable, Sendable {
  public var version: Int64

  public init(version: Int64) {
    self.version = version
  }

  /// `EntityTag.version(7)`.
  public static func version(_ version: Int64) -> EntityTag {
    EntityTag(version: version)
  }

  /// The header's value, with its quotes.
  public var text: String { "\"v\(version)\"" }

  /// Parses the text between the quotes; only `v` and a positive decimal number are tags of this server.
  init?(opaque: some StringProtocol) {
    guard opaque.first == "v", let version = Int64(opaque.dropFirst()), version > 0, opaque.dropFirst() == String(version)
    else { return nil }
    self.version = version
  }
}

/// The value of `If-Match` or `If-None-Match`: `*`, or a list of tags, some possibly weak.
public struct EntityTagCondition: Sendable, Equatable {
  struct Tag: Sendable, Equatable {
    let opaque: String
    let isWeak: Bool
  }
  let isAny: Bool
  let tags: [Tag]

  /// Parses the header's value; `nil` when it is not a list of quoted tags.
  public init?(_ text: some StringProtocol) {
    let trimmed = text.drop { $0 == " " || $0 == "\t" }
    if trimmed.first == "*" {
      guard trimmed.dropFirst().allSatisfy({ $0 == " " || $0 == "\t" }) else { return nil }
      isAny = true
      tags = []
      return
    }
    var tags: [Tag] = []
    // RFC 9110, section 5.6.1: a list may have empty members.
    var rest = Substring(trimmed).drop { $0 == " " || $0 == "\t" || $0 == "," }
    while !rest.isEmpty {
      let isWeak = rest.hasPrefix("W/")
      if isWeak { rest = rest.dropFirst(2) }
      guard rest.first == "\"", let end = rest.dropFirst().firstIndex(of: "\"") else { return nil }
      tags.append(Tag(opaque: String(rest[rest.index(after: rest.startIndex)..<end]), isWeak: isWeak))
      rest = rest[rest.index(after: end)...].drop { $0 == " " || $0 == "\t" }
      guard rest.isEmpty || rest.first == "," else { return nil }
      rest = rest.drop { $0 == " " || $0 == "\t" || $0 == "," }
    }
    guard !tags.isEmpty else { return nil }
    isAny = false
    self.tags = tags
  }

  /// Weak comparison, for `If-None-Match`: whether the client has the representation with this tag (without quotes).
  public func matches(opaque: String) -> Bool {
    isAny || tags.contains { $0.opaque == opaque }
  }

  /// Weak comparison with a version's tag.
  public func matches(version: Int64) -> Bool {
    isAny || tags.contains { EntityTag(opaque: $0.opaque)?.version == version }
  }

  /// The versions that `If-Match` allows, by strong comparison: weak and unknown tags are ignored.
  public var strongVersions: [Int64] {
    tags.filter { !$0.isWeak }.compactMap { EntityTag(opaque: $0.opaque)?.version }
  }
}
