public import HTTPTypes
public import Hummingbird

extension Request {
  /// The version that `If-Match` requires; `nil` without the header or with `*` (any version).
  ///
  /// Use it in the `WHERE` of the write, so that no other write comes between.
  /// - Throws: 412 `version_mismatch` when none of the tags is a version of this server; 400 `invalid_header` for a malformed
  /// list and for
  ///   several versions, since a write is based on one.
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

  /// The parsed `If-None-Match`; `nil` when it is missing or malformed, which RFC 9110 allows a server to ignore.
  public var ifNoneMatch: EntityTagCondition? {
    list(.ifNoneMatch).flatMap { EntityTagCondition($0) }
  }

  /// Whether the client already has this version, so that a GET is answered with 304.
  public func hasCurrent(version: Int64) -> Bool {
    ifNoneMatch?.matches(version: version) ?? false
  }

  private func list(_ name: HTTPField.Name) -> String? {
    let values = headers[values: name]
    return values.isEmpty ? nil : values.joined(separator: ", ")
  }
}

extension Response {
  /// 304 with the tag of the client's representation; `Cache-Control` must be that of the 200.
  public static func notModified(_ tag: EntityTag, headers: HTTPFields = [:]) -> Response {
    var headers = headers
    headers[.eTag] = tag.text
    var response = Response(status: .notModified, headers: headers)
    // A length of 0 would describe the client's representation.
    response.headers[.contentLength] = nil
    return response
  }
}
