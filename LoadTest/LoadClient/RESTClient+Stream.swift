import AsyncHTTPClient
public import NIOCore
import NIOHTTP1

extension RESTClient {
  /// Reads a stream of Server-Sent Events chunk by chunk, without a deadline.
  ///
  /// - Parameters:
  ///   - lastEventID: where to resume, if part of the stream was read before.
  ///   - receive: called with each chunk of a 200's body, in order.
  /// - Returns: the status, once the body has ended; the body of any other status than 200 is dropped.
  /// - Throws: `NoResponseError` when there was no response or the connection broke; `CancellationError`; what `receive` throws.
  public func stream(
    _ path: String, as caller: UserSession, lastEventID: String?, _ receive: (ByteBuffer) throws -> Void
  ) async throws -> Int {
    var request = HTTPClientRequest(url: baseURL + path)
    request.headers.add(name: "Authorization", value: "Bearer \(try await caller.token())")
    request.headers.add(name: "Accept", value: "text/event-stream")
    if let lastEventID { request.headers.add(name: "Last-Event-ID", value: lastEventID) }
    let response: HTTPClientResponse
    do {
      response = try await connections.client.execute(request, deadline: .distantFuture)
    } catch let error where !(error is CancellationError) {
      throw noResponse(.GET, path, error)
    }
    var chunks = response.body.makeAsyncIterator()
    while let chunk = try await next(&chunks, of: path) {
      if response.status == .ok { try receive(chunk) }
    }
    return Int(response.status.code)
  }

  private func next(_ chunks: inout HTTPClientResponse.Body.AsyncIterator, of path: String) async throws -> ByteBuffer? {
    do {
      return try await chunks.next()
    } catch let error where !(error is CancellationError) {
      throw noResponse(.GET, path, error)
    }
  }
}
