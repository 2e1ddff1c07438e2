import LoadClient
import NIOCore
import NIOHTTP1

/// Sends the requests of one run, measures them, and retries them with the same idempotency key.
///
/// 429 and 503 with Retry-After and 409 `request_in_flight` are retried a few times. Under tolerated outages other 5xx and requests without
/// a response are retried too, until the end of the run.
struct Requests: Sendable {
  let measurements: RunMeasurements
  let toleratesOutages: Bool
  /// The end of retries under tolerated outages.
  let end: ContinuousClock.Instant

  private static let attempts = 8

  /// - Parameters:
  ///   - intended: the intended start, from which the latency is measured through all attempts.
  ///   - statuses: the expected statuses.
  /// - Throws: `UnexpectedResultError`, `NoResponseError`, `CancellationError`.
  func send(
    _ step: Step, from intended: ContinuousClock.Instant, to service: RESTClient, _ method: HTTPMethod, _ path: String,
    as caller: UserSession?, body: String? = nil, key: String? = nil, deadline: Duration = .seconds(10),
    expecting statuses: Set<Int>
  ) async throws -> RESTResponse {
    let bytes = body.map { ByteBuffer(string: $0) }
    var tried = 0
    while true {
      tried += 1
      let outcome = await Result(catching: {
        try await service.send(method, path, as: caller, body: bytes, idempotencyKey: key, deadline: deadline)
      })
      try Task.checkCancellation()
      switch outcome {
      case .success(let response) where statuses.contains(response.status):
        measurements.record(step, intended.duration(to: response.received))
        return response
      case .success(let response):
        let error = ErrorResponse(response)
        measurements.refused(step, error.description)
        guard isRetryable(error, after: tried, at: .now) else {
          throw UnexpectedResultError(request: "\(method) \(path)", error: error)
        }
        try await Task.sleep(for: pause(after: tried, error.retryAfter))
      case .failure(let error):
        measurements.refused(step, "no response")
        guard toleratesOutages && ContinuousClock.now < end else { throw error }
        try await Task.sleep(for: pause(after: tried, nil))
      }
    }
  }

  /// Whether to retry a request after `tried` attempts.
  func isRetryable(_ error: ErrorResponse, after tried: Int, at now: ContinuousClock.Instant) -> Bool {
    if toleratesOutages { return (error.status >= 500 || error.allowsRetry) && now < end }
    return error.allowsRetry && tried < Self.attempts
  }

  /// `retryAfter`, or an exponential backoff up to 2 s, plus jitter of up to 20 %.
  func pause(after tried: Int, _ retryAfter: Duration?) -> Duration {
    (retryAfter ?? min(.milliseconds(50 << min(tried, 6)), .seconds(2))) * Double.random(in: 1...1.2)
  }
}

/// The status and problem of an unexpected response.
struct ErrorResponse: Hashable, Sendable, CustomStringConvertible {
  var status: Int
  /// The problem's code, such as `illegal_transition`.
  var code: String?
  var retryAfter: Duration?

  /// The service invites a retry.
  var allowsRetry: Bool {
    ([429, 503].contains(status) && retryAfter != nil) || (status == 409 && code == "request_in_flight")
  }

  var description: String {
    "\(status)" + (code.map { " \($0)" } ?? "")
  }
}

extension ErrorResponse {
  init(_ response: RESTResponse) {
    self.init(
      status: response.status, code: response.json["code"]?.string, retryAfter: response.retryAfter)
  }
}

/// A request or a stream had a result with which the run can't continue.
struct UnexpectedResultError: Error, CustomStringConvertible {
  let request: String
  let problem: String

  init(request: String, problem: String) {
    self.request = request
    self.problem = problem
  }

  init(request: String, error: ErrorResponse) {
    self.init(request: request, problem: error.description)
  }

  var description: String {
    "\(request): \(problem)"
  }
}

extension RESTResponse {
  var json: JSONView {
    JSONView(body.readableBytesView)
  }
}

extension Result where Failure == any Error {
  fileprivate init(catching body: () async throws -> Success) async {
    do { self = .success(try await body()) } catch { self = .failure(error) }
  }
}
