import AsyncHTTPClient
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import Web

/// An answer on its way to the client.
struct UpstreamResponse: Sendable {
  let response: Response
  /// Its body, if that is in memory.
  var whole: ByteBuffer?
}

extension Proxy {
  /// The service's answer as the client's: small bodies whole, others piece by piece as the client takes them.
  /// - Parameter stream: held until the answer has ended.
  func relay(
    _ answer: HTTPClientResponse, of service: String, to request: Request, _ context: ServiceRequestContext,
    holding stream: ConcurrencyLimit.Permit?
  ) async throws -> UpstreamResponse {
    let status = HTTPResponse.Status(code: Int(answer.status.code), reasonPhrase: answer.status.reasonPhrase)
    var fields = ForwardedFields.toClient(answer.headers)
    let length = fields[.contentLength].flatMap { Int($0) }
    if request.method == .head || [204, 304].contains(status.code) {
      return UpstreamResponse(response: .bodiless(status, fields))
    }
    if let length, length <= Self.bufferedAnswer {
      let body: ByteBuffer
      do {
        body = try await answer.body.collect(upTo: Self.bufferedAnswer)
      } catch is CancellationError {
        throw CancellationError()
      } catch {
        throw UpstreamFailure(service: service, reason: .connectionLost)
      }
      fields[.contentLength] = nil
      return UpstreamResponse(
        response: Response(status: status, headers: fields, body: ResponseBody(byteBuffer: body)), whole: body)
    }
    let record = RequestRecord.current
    record?.note { $0.isStreaming = true }
    // A client that says nothing more has gone.
    context.channel.setOption(ChannelOptions.allowRemoteHalfClosure, value: false).whenFailure { _ in }
    let body = ResponseBody(contentLength: length) { [log, method = request.method, logger = context.logger] writer in
      defer {
        stream?.leave()
        if let record { log.end(record, method, status.code, logger) }
      }
      for try await part in answer.body { try await writer.write(part) }
      try await writer.finish(nil)
    }
    return UpstreamResponse(response: Response(status: status, headers: fields, body: body))
  }
}

extension Response {
  /// An answer whose length, if it says one, is that of a document that isn't here.
  static func bodiless(_ status: HTTPResponse.Status, _ fields: HTTPFields) -> Response {
    let length = fields[.contentLength]
    var response = Response(status: status, headers: fields)
    response.headers[.contentLength] = length
    return response
  }
}
