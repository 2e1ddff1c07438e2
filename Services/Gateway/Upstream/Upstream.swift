import AsyncHTTPClient
import Logging
import Metrics
import NIOCore
import NIOHTTP1
import ServiceClient
import Synchronization

/// One service: load balancing between its instances, its circuit breaker, bulkhead and retries.
///
/// A call goes to the less loaded of two instances; it is retried at another one if it is retryable and the retry budget allows.
/// Safe to use from any task.
final class Upstream: Sendable {
  private struct State: Sendable {
    var balancer = InstanceBalancer()
    var breaker = CircuitBreaker()
    var budget = RetryBudget()
    var inFlight = 0
  }

  let name: String
  private let resolver: any ServiceResolver
  private let http: HTTPClient
  private let bulkhead: Int
  private let metrics: UpstreamMetrics
  private let logger: Logger
  private let state = Mutex(State())

  /// - Parameter bulkhead: the maximum number of concurrent calls without a response.
  init(name: String, resolver: any ServiceResolver, http: HTTPClient, bulkhead: Int, logger: Logger) {
    self.name = name
    self.resolver = resolver
    self.http = http
    self.bulkhead = bulkhead
    self.logger = logger
    metrics = UpstreamMetrics(service: name)
  }

  var breakerState: CircuitBreaker.State { state.withLock { $0.breaker.state } }

  /// Sends a call. The response's body is not read yet.
  /// - Throws: ``UpstreamFailure``; errors of the call's own body; `CancellationError`.
  func send(_ call: UpstreamCall, deadline: NIODeadline) async throws -> HTTPClientResponse {
    guard acquireBulkhead(for: call) else { throw UpstreamFailure(service: name, reason: .bulkheadFull) }
    defer { releaseBulkhead(for: call) }
    guard case .admitted(let ticket) = withBreaker({ $0.admit(at: .now) }) else {
      throw UpstreamFailure(service: name, reason: .circuitOpen)
    }
    do {
      let response = try await sendWithRetries(call, deadline: deadline)
      withBreaker { $0.record(response.serviceOutcome(ofProbe: ticket.isProbe), for: ticket, at: .now) }
      return response
    } catch let failure as UpstreamFailure {
      withBreaker { $0.record(failure.isServiceFailure ? .failure : .abandoned, for: ticket, at: .now) }
      throw failure
    } catch {
      withBreaker { $0.record(.abandoned, for: ticket, at: .now) }
      throw error
    }
  }

  private func sendWithRetries(_ call: UpstreamCall, deadline: NIODeadline) async throws -> HTTPClientResponse {
    state.withLock { $0.budget.recordCall() }
    var tried: [ServiceAddress] = []
    while true {
      let choice = try await choose(except: tried)
      do {
        let response = try await http.execute(call.request(to: choice.address), deadline: deadline)
        let hasOther = record(response.instanceOutcome(ofProbe: choice.isProbe), for: choice)
        guard response.status == .serviceUnavailable, hasOther, call.isRetryable(afterSending: true), tried.isEmpty,
          withdrawRetry()
        else { return response }
        // Dropping the response discards the rest of its body, and closes the connection if necessary.
        tried.append(choice.address)
      } catch {
        let failure = try recordFailure(error, call, choice)
        tried.append(choice.address)
        guard tried.count < 3, failure.reason != .timedOut, deadline > .now(),
          call.isRetryable(afterSending: failure.reason != .unreachable), withdrawRetry()
        else { throw failure }
      }
      metrics.retries.increment()
    }
  }

  /// Records a failed call in the balancer.
  /// - Throws: the error itself if it is not a failure of the service.
  private func recordFailure(
    _ error: any Error, _ call: UpstreamCall, _ choice: InstanceBalancer.Choice
  ) throws -> UpstreamFailure {
    guard let failure = UpstreamFailure(service: name, error, callBody: call.pump) else {
      _ = record(.abandoned, for: choice)
      throw error
    }
    _ = record(failure.reason == .timedOut ? .failure : .unreachable, for: choice)
    logger.debug("call failed", error: error, metadata: ["service": "\(name)", "instance": "\(choice.address.url)"])
    return failure
  }

  private func choose(except tried: [ServiceAddress]) async throws -> InstanceBalancer.Choice {
    let addresses: [ServiceAddress]
    do {
      addresses = try await resolver.addresses(of: name)
    } catch is ServiceClientError {
      throw UpstreamFailure(service: name, reason: .unreachable)
    }
    let choice = state.withLock { state in
      state.balancer.update(addresses)
      return state.balancer.choose(at: .now, except: tried) ?? state.balancer.choose(at: .now)
    }
    guard let choice else { throw UpstreamFailure(service: name, reason: .unreachable) }
    return choice
  }

  /// - Returns: whether another instance is healthy.
  private func record(_ outcome: InstanceBalancer.Outcome, for choice: InstanceBalancer.Choice) -> Bool {
    state.withLock { state in
      state.balancer.record(outcome, for: choice, at: .now)
      return state.balancer.hasHealthyInstance(besides: choice)
    }
  }

  private func withdrawRetry() -> Bool { state.withLock { $0.budget.withdraw(at: .now) } }

  private func withBreaker<Result: Sendable>(_ body: (inout CircuitBreaker) -> Result) -> Result {
    let (result, before, after) = state.withLock { state in
      let before = state.breaker.state
      let result = body(&state.breaker)
      return (result, before, state.breaker.state)
    }
    if before != after {
      metrics.breaker.set(after.rawValue)
      if after == .open { logger.warning("circuit breaker opened", metadata: ["service": "\(name)"]) }
    }
    return result
  }

  private func acquireBulkhead(for call: UpstreamCall) -> Bool {
    guard !call.isLongLived else { return true }
    return state.withLock { state in
      guard state.inFlight < bulkhead else { return false }
      state.inFlight += 1
      return true
    }
  }

  private func releaseBulkhead(for call: UpstreamCall) {
    guard !call.isLongLived else { return }
    state.withLock { $0.inFlight -= 1 }
  }
}

extension HTTPClientResponse {
  fileprivate func serviceOutcome(ofProbe isProbe: Bool) -> CircuitBreaker.Outcome {
    if isRetryLater { return isProbe ? .success : .abandoned }
    return [502, 503, 504].contains(status.code) ? .failure : .success
  }

  fileprivate func instanceOutcome(ofProbe isProbe: Bool) -> InstanceBalancer.Outcome {
    if isRetryLater { return isProbe ? .success : .abandoned }
    return status.code >= 500 ? .failure : .success
  }

  /// 503 with `Retry-After` is load shedding or a limit of one client, not a failure: it must not open the breaker or eject the
  /// instance for the others. For a probe it is a success, because the instance responds.
  private var isRetryLater: Bool { status == .serviceUnavailable && headers.contains(name: "Retry-After") }
}
