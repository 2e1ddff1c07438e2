public import HTTPTypes
public import Hummingbird
public import NIOCore

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Response {
  /// `value` as `application/json`, with `ETag` when it has a version.
  public static func json(
    _ value: some Encodable, status: HTTPResponse.Status = .ok, version: Int64? = nil, headers: HTTPFields = [:]
  ) throws -> Response {
    json(bytes: ByteBuffer(bytes: try encoder.encode(value)), status: status, version: version, headers: headers)
  }

  /// A response from JSON bytes.
  public static func json(
    bytes: ByteBuffer, status: HTTPResponse.Status = .ok, version: Int64? = nil, headers: HTTPFields = [:]
  ) -> Response {
    var headers = headers
    headers[.contentType] = "application/json"
    if let version { headers[.eTag] = EntityTag(version: version).text }
    return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: bytes))
  }

  private static let encoder: JSONEncoder = {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    return encoder
  }()
}
