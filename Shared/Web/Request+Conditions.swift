public import HTTPTypes
public import Hummingbird

extension Request {
  /// The one version that `If-Match` demands; `nil` when there is no such header or it says `*` (any version).
  ///
  /// Put it into the `WHERE` of the write, so that no other write comes between.
  /// - Throws: 412 `version_mismatch` when no tag there can be a version of ours; 400 `invalid_header` for what is not a list of tags and for
  ///   several versions at once, since a write is made against one.
  public func ifMatch() throws(Problem) -> Int64? {
    guard let text = list(.ifMatch) else { return nil }
    guard let condition = EntityTagCondition(text) else {
      throw .badRequest("invalid_header", "If-Match must be * or a list of quoted tags such as \"v7\"")
    }
    if condition.isAny { return nil }
    let versions = Set(condition.strongVersions)
    guard let version = versions.first else { throw .versionMismatch(current: nil) }
    guard versions.count == 1 else { throw .badRequest("invalid_header", "If-Match may name one version only") }
    return version
  }

  /// The parsed `If-None-Match`; `nil` when there is none or it can't be read, which RFC 9110 lets a server ignore.
  public var ifNoneMatch: EntityTagCondition? {
    list(.ifNoneMatch).flatMap { EntityTagCondition($0) }
  }

  /// Whether the client already has this version, so that 304 answers a GET.
  public func hasCurrent(version: Int64) -> Bool {
    ifNoneMatch?.matches(version: version) ?? false
  }

  private func list(_ name: HTTPField.Name) -> String? {
    let values = headers[values: name]
    return values.isEmpty ? nil : values.joined(separator: ", ")
  }
}

extension Response {
  /// 304 with the tag of what the client has; `Cache-Control` must be what the 200 would have said.
  public static func notModified(_ tag: EntityTag, headers: HTTPFields = [:]) -> Response {
    var headers = headers
    headers[.eTag] = tag.text
    var response = Response(status: .notModified, headers: headers)
    // 0 would be a statement about the representation that the client has.
    response.headers[.contentLength] = nil
    return response
  }
}
