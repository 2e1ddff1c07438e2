import LoadClient
import NIOCore
import NIOHTTP1

/// Sends the requests of one run and measures them; what is worth another try is tried again with the same key.
///
/// 429 and 503 with Retry-After and 409 `request_in_flight` are always worth one, a few times. When outages are tolerated, so are other errors of
/// the service and requests that nobody answers, until the run's last moment: as a client does that must not lose an order.
struct Requests: Sendable {
  let measurements: Measurements
  let toleratesOutages: Bool
  /// When to give up, if outages are tolerated.
  let end: ContinuousClock.Instant

  private static let tries = 8

  /// - Parameters:
  ///   - intended: when the request should have been sent; the latency is counted from then, through all tries.
  ///   - statuses: the answers that are wanted.
  /// - Throws: `RefusedError`, `UnansweredError`, `CancellationError`.
  func send(
    _ step: Step, from intended: ContinuousClock.Instant, to service: RESTClient, _ method: HTTPMethod, _ path: String,
    as caller: Person?, body: String? = nil, key: String? = nil, deadline: Duration = .seconds(10), expecting statuses: Set<Int>
  ) async throws -> Answer {
    let bytes = body.map { ByteBuffer(string: $0) }
    var tried = 0
    while true {
      tried += 1
      let outcome = await Result(catching: {
        try await service.send(method, path, as: caller, body: bytes, idempotencyKey: key, deadline: deadline)
      })
      try Task.checkCancellation()
      switch outcome {
      case .success(let answer) where statuses.contains(answer.status):
        measurements.record(step, intended.duration(to: answer.received))
        return answer
      case .success(let answer):
        let refusal = Refusal(answer)
        measurements.refused(step, refusal.description)
        guard isWorthAnother(refusal, after: tried, at: .now) else {
          throw RefusedError(request: "\(method) \(path)", refusal: refusal)
        }
        try await Task.sleep(for: pause(after: tried, refusal.retryAfter))
      case .failure(let error):
        measurements.refused(step, "no answer")
        guard toleratesOutages && ContinuousClock.now < end else { throw error }
        try await Task.sleep(for: pause(after: tried, nil))
      }
    }
  }

  /// Whether the same request is sent again after it was refused for the `tried`th time.
  func isWorthAnother(_ refusal: Refusal, after tried: Int, at now: ContinuousClock.Instant) -> Bool {
    if toleratesOutages { return (refusal.status >= 500 || refusal.isExplained) && now < end }
    return refusal.isExplained && tried < Self.tries
  }

  /// As long as the service asks for, or else twice as long each time up to 2 s; a little more, so that not all come back at once.
  func pause(after tried: Int, _ retryAfter: Duration?) -> Duration {
    (retryAfter ?? min(.milliseconds(50 << min(tried, 6)), .seconds(2))) * Double.random(in: 1...1.2)
  }
}

/// What a service says when it doesn't do what was asked.
struct Refusal: Hashable, Sendable, CustomStringConvertible {
  var status: Int
  /// The problem's code, such as `illegal_transition`.
  var code: String?
  var retryAfter: Duration?

  /// The service said that another try is welcome.
  var isExplained: Bool {
    ([429, 503].contains(status) && retryAfter != nil) || (status == 409 && code == "request_in_flight")
  }

  var description: String {
    "\(status)" + (code.map { " \($0)" } ?? "")
  }
}

extension Refusal {
  init(_ answer: Answer) {
    self.init(
      status: answer.status, code: answer.json["code"]?.string, retryAfter: answer.retryAfter)
  }
}

/// A request had an answer that nobody can go on with.
struct RefusedError: Error, CustomStringConvertible {
  let request: String
  let problem: String

  init(request: String, problem: String) {
    self.request = request
    self.problem = problem
  }

  init(request: String, refusal: Refusal) {
    self.init(request: request, problem: refusal.description)
  }

  var description: String {
    "\(request): \(problem)"
  }
}

extension Answer {
  var json: JSONView {
    JSONView(body.readableBytesView)
  }
}

extension Result where Failure == any Error {
  fileprivate init(catching body: () async throws -> Success) async {
    do { self = .success(try await body()) } catch { self = .failure(error) }
  }
}
