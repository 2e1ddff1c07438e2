import Concurrency
import HTTPTypes
import Hummingbird
import Logging
import Web

/// Assigns the request id, records the request's metrics and writes its access log line: method, route, status, duration. Never
/// logs tokens or bodies.
struct AccessLog: RouterMiddleware {
  let metrics: GatewayMetrics
  let isEnabled: Bool

  func handle(
    _ request: Request, context: ServiceRequestContext,
    next: (Request, ServiceRequestContext) async throws -> Response
  ) async throws -> Response {
    let record = RequestRecord(id: RequestID(received: request.headers[.requestID]))
    // Replaced by the label of the route table's row, if one matches.
    if let route = context.endpointPath { record.update { $0.route = route } }
    var response: Response
    do {
      response = try await RequestRecord.$current.withValue(record) { try await next(request, context) }
    } catch let problem as Problem {
      response = problem.response()
    }
    response.headers[.requestID] = record.id.description
    let attributes = record.attributes
    if let rate = attributes.rate {
      for field in rate.fields where !response.headers.contains(field.name) { response.headers.append(field) }
    }
    if !attributes.isStreaming { finish(record, request.method, response.status.code, context.logger) }
    return response
  }

  /// Called when the complete response has been written.
  func finish(_ record: RequestRecord, _ method: HTTPRequest.Method, _ status: Int, _ logger: Logger) {
    let duration = ContinuousClock.now - record.start
    let attributes = record.attributes
    metrics.recordRequest(route: attributes.route, status: status, duration: duration)
    guard isEnabled else { return }
    var metadata: Logger.Metadata = [
      "requestId": "\(record.id)", "method": "\(method)", "route": "\(attributes.route)", "status": "\(status)",
      "microseconds": "\(duration.wholeMicroseconds)",
    ]
    if let service = attributes.service { metadata["upstream"] = "\(service)" }
    if let principal = attributes.principal { metadata["principal"] = "\(principal)" }
    logger.info("access", metadata: metadata)
  }
}
