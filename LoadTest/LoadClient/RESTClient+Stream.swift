import AsyncHTTPClient
public import NIOCore
import NIOHTTP1

extension RESTClient {
  /// Reads an answer piece by piece as it arrives, however long it takes: a stream of Server-Sent Events.
  ///
  /// - Parameters:
  ///   - lastEventID: where to go on, if some of the stream was read before.
  ///   - receive: called with each piece of a 200's body, in order.
  /// - Returns: the answer's status, when its body has ended; the body of another status than 200 is dropped.
  /// - Throws: `UnansweredError` when there was no answer or it broke off; `CancellationError`; what `receive` throws.
  public func stream(
    _ path: String, as caller: Person, lastEventID: String?, _ receive: (ByteBuffer) throws -> Void
  ) async throws -> Int {
    var request = HTTPClientRequest(url: baseURL + path)
    request.headers.add(name: "Authorization", value: "Bearer \(try await caller.token())")
    request.headers.add(name: "Accept", value: "text/event-stream")
    if let lastEventID { request.headers.add(name: "Last-Event-ID", value: lastEventID) }
    let response: HTTPClientResponse
    do {
      response = try await connections.client.execute(request, deadline: .distantFuture)
    } catch let error where !(error is CancellationError) {
      throw unanswered(.GET, path, error)
    }
    var pieces = response.body.makeAsyncIterator()
    while let piece = try await next(&pieces, of: path) {
      if response.status == .ok { try receive(piece) }
    }
    return Int(response.status.code)
  }

  private func next(_ pieces: inout HTTPClientResponse.Body.AsyncIterator, of path: String) async throws -> ByteBuffer? {
    do {
      return try await pieces.next()
    } catch let error where !(error is CancellationError) {
      throw unanswered(.GET, path, error)
    }
  }
}
