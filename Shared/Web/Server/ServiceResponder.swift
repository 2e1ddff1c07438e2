import HTTPTypes
public import Hummingbird
import Logging
public import Metrics
import NIOCore
import NIOHTTP1
import ServiceContextModule
import Telemetry

/// Handles requests: runs the router in a trace, converts errors to ``Problem``s, measures, and logs at `debug`.
public struct ServiceResponder: HTTPResponder {
  private let router: RouterResponder<ServiceRequestContext>
  private let table: AllowedMethods
  private let metrics: RequestMetrics
  private let unavailability: @Sendable (any Error) -> Int?

  /// - Parameter unavailability: for an error that means that a dependency is unavailable, the seconds after which to retry;
  /// `nil` for
  ///   every other.
  public init(
    router: Router<ServiceRequestContext>, metrics factory: any MetricsFactory = MetricsSystem.factory,
    unavailability: @escaping @Sendable (any Error) -> Int? = { _ in nil }
  ) {
    self.table = AllowedMethods(router)
    self.router = router.buildResponder()
    self.metrics = RequestMetrics(factory: factory)
    self.unavailability = unavailability
  }

  public func respond(to request: Request, context: ServiceRequestContext) async -> Response {
    let start = ContinuousClock.now
    metrics.began()
    let trace =
      request.headers[.traceparent].flatMap { TraceContext(traceparent: $0) }.map { $0.child() } ?? TraceContext.root()
    let deadline = request.headers[.requestDeadline].flatMap { DeadlineHeader.remaining($0) }.map { start + $0 }
    return await ServiceContext.withTrace(trace, deadline: deadline) {
      var response = await deadline.map { $0 <= start } == true ? Problem.deadlineExceeded.response() : handle(request, context)
      if request.method == .head, response.body.contentLength != 0 { response = response.createHeadResponse() }
      response.headers[.traceparent] = trace.traceparent
      let duration = ContinuousClock.now - start
      let route = context.endpointPath ?? Self.unmatched
      metrics.ended(
        method: request.method, route: route == Self.unmatched ? "unmatched" : route, status: response.status.code,
        after: duration)
      context.logger.debug(
        "A request was handled.",
        metadata: [
          "method": "\(request.method)", "path": "\(request.uri.path)", "status": "\(response.status.code)",
          "duration": "\(duration)",
        ])
      return response
    }
  }

  private func handle(_ request: Request, _ context: ServiceRequestContext) async -> Response {
    let response: Response
    do {
      response = try await router.respond(to: request, context: context)
    } catch {
      return problem(for: error, context).response()
    }
    guard response.status.code >= 400, response.headers[.contentType] != Problem.contentType else { return response }
    if context.endpointPath == Self.unmatched { return unmatched(request).response() }
    // `/readyz` has a document of its own for 503; responses without a document get a problem.
    guard response.headers[.contentType] == nil else { return response }
    return Problem.generic(response.status, headers: response.headers).response()
  }

  private func unmatched(_ request: Request) -> Problem {
    let methods = table.methods(for: request.uri.path)
    return methods.isEmpty ? .notFound("not_found", "there is nothing at this path") : .methodNotAllowed(methods)
  }

  private func problem(for error: any Error, _ context: ServiceRequestContext) -> Problem {
    switch error {
    case let problem as Problem: return problem
    case is HTTPParserError: return .malformedRequest
    case is NIOTooManyBytesError: return .bodyTooLarge(limit: context.maxUploadSize)
    case is CancellationError: return .unavailable("the service is stopping")
    default:
      if let seconds = (error as? any UnavailabilityError)?.retryAfterSeconds ?? unavailability(error) {
        context.logger.warning("A dependency of the request is unavailable.", error: error)
        return .unavailable("a dependency of this request is unavailable; retry later", retryAfterSeconds: seconds)
      }
      context.logger.error("A request failed.", error: error)
      return .internalError
    }
  }

  /// The endpoint path that Hummingbird sets when no route matched.
  private static let unmatched = "NotFound"
}

/// An error that means temporary unavailability: the response is 503 with `Retry-After`.
public protocol UnavailabilityError: Error {
  /// Whole seconds after which to retry.
  var retryAfterSeconds: Int { get }
}

extension HTTPField.Name {
  /// `X-Request-Deadline-Ms`; see `DeadlineHeader`.
  static let requestDeadline = HTTPField.Name(DeadlineHeader.name)!
}
