import Logging
import Metrics
import NIOHTTP1
import Synchronization

/// The tries of one call.
extension ServiceClient {
  /// How long to wait before the next try: not at all at another instance; `nil` when there is to be none.
  func pause(
    before request: ServiceRequest, again policy: RetryPolicy, _ attempt: Int, _ error: ServiceClientError,
    _ deadline: CallDeadline, _ tried: inout [ServiceAddress]
  ) -> Duration? {
    // What never reached the service can do no harm twice.
    guard request.isIdempotent || !error.wasSent else { return nil }
    var pause: Duration?
    if policy.allows(afterAttempt: attempt, error: error), instances.hasOther(than: tried) {
      pause = deadline.remaining > .zero ? .zero : nil
    } else {
      tried = []
      pause = policy.pause(afterAttempt: attempt, error: error, remaining: deadline.remaining)
    }
    // It also is no load on the service.
    if pause != nil, error.wasSent, !budget.withLock({ $0.withdraw(at: .now) }) {
      metrics.retriesRefused.increment()
      return nil
    }
    return pause
  }

  /// One try at one instance, judged by the breaker and the balancer.
  func attemptOnce(
    _ request: ServiceRequest, until deadline: CallDeadline, _ tried: inout [ServiceAddress]
  ) async throws -> ServiceResponse {
    let admission = withBreaker { $0.admit(at: .now) }
    guard case .admitted(let ticket) = admission else {
      metrics.rejected.increment()
      throw error(.breakerOpen, "failed lately and is not asked for a moment", wasSent: false)
    }
    let choice: InstanceBalancer.Choice
    do {
      choice = try await instances.choose(except: tried)
    } catch {
      judge(.abandoned, ticket)
      throw error
    }
    tried.append(choice.address)
    do {
      let response = try await exchange(request, at: choice.address, until: deadline, tried)
      _ = instances.record(.success, for: choice)
      judge(.success, ticket)
      return response
    } catch let error as ServiceClientError {
      // What says nothing of the service: that whoever waits had no time left, and that we have nothing to show to it.
      if error.code == .noCredentials || deadline.isCallers && error.code == .timedOut && deadline.remaining <= .zero {
        _ = instances.record(.abandoned, for: choice)
        judge(.abandoned, ticket)
        throw error
      }
      // What one instance of several suffers from is not the service's illness; nor is an answer that is too large.
      let isElsewhereWell = instances.record(error.outcome, for: choice)
      judge(!error.isUnavailability ? .success : isElsewhereWell ? .abandoned : .failure, ticket)
      throw error
    } catch {
      _ = instances.record(.abandoned, for: choice)
      judge(.abandoned, ticket)
      throw error
    }
  }

  private func judge(_ outcome: CircuitBreaker.Outcome, _ ticket: CircuitBreaker.Ticket) {
    withBreaker { $0.record(outcome, for: ticket, at: .now) }
    if ticket.isProbe { metrics.probed(outcome) }
  }

  private func withBreaker<Result: Sendable>(_ body: (inout CircuitBreaker) -> Result) -> Result {
    let (result, before, after) = breaker.withLock { breaker in
      let before = breaker.state
      let result = body(&breaker)
      return (result, before, breaker.state)
    }
    if before != after {
      metrics.show(after)
      if after == .open { logger.warning("circuit breaker opened", metadata: ["service": "\(service)"]) }
    }
    return result
  }

  private func exchange(
    _ request: ServiceRequest, at address: ServiceAddress, until deadline: CallDeadline, _ tried: [ServiceAddress]
  ) async throws -> ServiceResponse {
    let left = deadline.remaining
    guard left > .zero else { throw timedOut(deadline, wasSent: false) }
    // An instance that hangs must leave time to read from another.
    let limit = [.GET, .HEAD].contains(request.method) && instances.hasOther(than: tried) ? left / 2 : left
    do {
      return try await connection.exchange(request, at: address, within: limit, bytes: configuration.maximumResponseBytes)
    } catch is TimedOut {
      throw timedOut(deadline)
    }
  }
}

extension ServiceClientError {
  /// What the failure says of the instance.
  fileprivate var outcome: InstanceBalancer.Outcome {
    switch code {
    case .connection: .unreachable
    case .status(429): .abandoned
    default: isUnavailability ? .failure : .success
    }
  }
}
