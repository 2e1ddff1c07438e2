import Concurrency
import HTTPTypes
import Hummingbird
import Logging
import Web

/// Gives each request its id and its line in the log: who asked for what, what came of it, how long it took. Never tokens, never bodies.
struct AccessLog: RouterMiddleware {
  let metrics: GatewayMetrics
  let isWritten: Bool

  func handle(
    _ request: Request, context: ServiceRequestContext,
    next: (Request, ServiceRequestContext) async throws -> Response
  ) async throws -> Response {
    let record = RequestRecord(id: RequestID(sent: request.headers[.requestID]))
    // Until a row of the table is found for it.
    if let route = context.endpointPath { record.note { $0.route = route } }
    var response: Response
    do {
      response = try await RequestRecord.$current.withValue(record) { try await next(request, context) }
    } catch let problem as Problem {
      response = problem.response()
    } catch let failure as UpstreamFailure {
      response = failure.problem.response()
    }
    response.headers[.requestID] = record.id.description
    let facts = record.known
    if let rate = facts.rate {
      for field in rate.fields where !response.headers.contains(field.name) { response.headers.append(field) }
    }
    if !facts.isStreaming { end(record, request.method, response.status.code, context.logger) }
    return response
  }

  /// Writes the line, when the whole answer has been handed over.
  func end(_ record: RequestRecord, _ method: HTTPRequest.Method, _ status: Int, _ logger: Logger) {
    let duration = ContinuousClock.now - record.start
    let facts = record.known
    metrics.answered(route: facts.route, status: status, after: duration)
    guard isWritten else { return }
    let microseconds =
      duration.wholeMicroseconds
    var metadata: Logger.Metadata = [
      "requestId": "\(record.id)", "method": "\(method)", "route": "\(facts.route)", "status": "\(status)",
      "microseconds": "\(microseconds)",
    ]
    if let service = facts.service { metadata["upstream"] = "\(service)" }
    if let principal = facts.principal { metadata["principal"] = "\(principal)" }
    logger.info("access", metadata: metadata)
  }
}
