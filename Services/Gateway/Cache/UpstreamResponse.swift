import HTTPTypes
import Hummingbird
import NIOCore

/// A service's response, ready for the client.
struct UpstreamResponse: Sendable {
  let response: Response
  /// `nil` if the body is streamed.
  var bufferedBody: ByteBuffer?
}

extension Response {
  /// A response without a body that keeps its `Content-Length`: to HEAD, or with status 204 or 304.
  static func bodiless(_ status: HTTPResponse.Status, _ fields: HTTPFields) -> Response {
    let length = fields[.contentLength]
    var response = Response(status: status, headers: fields)
    response.headers[.contentLength] = length
    return response
  }
}
