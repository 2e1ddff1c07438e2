import AsyncHTTPClient
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import Web

extension Proxy {
  /// Converts the service's response to the client's: small bodies are buffered, others streamed as fast as the client reads.
  /// - Parameter permit: of a long-lived request; released when the response ends.
  func relay(
    _ response: HTTPClientResponse, of service: String, to request: Request, _ context: ServiceRequestContext,
    holding permit: ConcurrencyLimit.Permit?
  ) async throws -> UpstreamResponse {
    let status = HTTPResponse.Status(code: Int(response.status.code), reasonPhrase: response.status.reasonPhrase)
    var fields = ForwardedFields.toClient(response.headers)
    let length = fields[.contentLength].flatMap { Int($0) }
    if request.method == .head || [204, 304].contains(status.code) {
      return UpstreamResponse(response: .bodiless(status, fields))
    }
    if let length, length <= Self.bufferedResponse {
      let body: ByteBuffer
      do {
        body = try await response.body.collect(upTo: Self.bufferedResponse)
      } catch is CancellationError {
        throw CancellationError()
      } catch {
        throw UpstreamFailure(service: service, reason: .connectionLost)
      }
      fields[.contentLength] = nil
      return UpstreamResponse(
        response: Response(status: status, headers: fields, body: ResponseBody(byteBuffer: body)), bufferedBody: body)
    }
    let record = RequestRecord.current
    record?.update { $0.isStreaming = true }
    // A client that closes its sending half during a stream has disconnected.
    context.channel.setOption(ChannelOptions.allowRemoteHalfClosure, value: false).whenFailure { _ in }
    let body = ResponseBody(contentLength: length) { [log, method = request.method, logger = context.logger] writer in
      defer {
        permit?.release()
        if let record { log.finish(record, method, status.code, logger) }
      }
      for try await part in response.body { try await writer.write(part) }
      try await writer.finish(nil)
    }
    return UpstreamResponse(response: Response(status: status, headers: fields, body: body))
  }
}
