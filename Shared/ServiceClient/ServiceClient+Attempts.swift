import Logging
import Metrics
import NIOHTTP1
import Synchronization

/// The attempts of one call.
extension ServiceClient {
  /// The pause before the next attempt: none at another instance; `nil` for no further attempt.
  func pause(
    before request: ServiceRequest, _ policy: RetryPolicy, after attempt: Int, _ error: ServiceClientError,
    _ deadline: CallDeadline, _ tried: inout [ServiceAddress]
  ) -> Duration? {
    // A request that never reached the service is always safe to retry.
    guard request.isIdempotent || !error.wasSent else { return nil }
    var pause: Duration?
    if policy.allows(afterAttempt: attempt, error: error), instances.hasOther(than: tried) {
      pause = deadline.remaining > .zero ? .zero : nil
    } else {
      tried = []
      pause = policy.pause(afterAttempt: attempt, error: error, remaining: deadline.remaining)
    }
    // Nor is it load on the service.
    if pause != nil, error.wasSent, !budget.withLock({ $0.withdraw(at: .now) }) {
      metrics.retriesRefused.increment()
      return nil
    }
    return pause
  }

  /// One attempt at one instance; the breaker and the balancer record its outcome.
  func attemptOnce(
    _ request: ServiceRequest, until deadline: CallDeadline, _ tried: inout [ServiceAddress]
  ) async throws -> ServiceResponse {
    let admission = withBreaker { $0.admit(at: .now) }
    guard case .admitted(let ticket) = admission else {
      metrics.rejected.increment()
      throw error(.breakerOpen, "failed recently, and is not called for a while", wasSent: false)
    }
    let choice: InstanceBalancer.Choice
    do {
      choice = try await instances.choose(except: tried)
    } catch {
      record(.abandoned, ticket)
      throw error
    }
    tried.append(choice.address)
    do {
      let response = try await exchange(request, at: choice.address, until: deadline, tried)
      _ = instances.record(.success, for: choice)
      record(.success, ticket)
      return response
    } catch let error as ServiceClientError {
      // Failures that say nothing about the service: the caller had no time left, or this service has no token.
      if error.code == .noCredentials || deadline.isInherited && error.code == .timedOut && deadline.remaining <= .zero {
        _ = instances.record(.abandoned, for: choice)
        record(.abandoned, ticket)
        throw error
      }
      // A failure of one instance among healthy ones is not the service's; nor is a response that is too large.
      let hasHealthyInstance = instances.record(error.outcome, for: choice)
      record(!error.isUnavailability ? .success : hasHealthyInstance ? .abandoned : .failure, ticket)
      throw error
    } catch {
      _ = instances.record(.abandoned, for: choice)
      record(.abandoned, ticket)
      throw error
    }
  }

  private func record(_ outcome: CircuitBreaker.Outcome, _ ticket: CircuitBreaker.Ticket) {
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
      metrics.record(after)
      if after == .open { logger.warning("The circuit breaker opened.", metadata: ["service": "\(service)"]) }
    }
    return result
  }

  private func exchange(
    _ request: ServiceRequest, at address: ServiceAddress, until deadline: CallDeadline, _ tried: [ServiceAddress]
  ) async throws -> ServiceResponse {
    let left = deadline.remaining
    guard left > .zero else { throw timedOut(deadline, wasSent: false) }
    // A hung instance must leave time to read from another one.
    let limit = [.GET, .HEAD].contains(request.method) && instances.hasOther(than: tried) ? left / 2 : left
    do {
      return try await connection.exchange(request, at: address, within: limit, bytes: configuration.maximumResponseBytes)
    } catch is TimedOut {
      throw timedOut(deadline)
    }
  }
}

extension ServiceClientError {
  /// What the failure means for the instance.
  fileprivate var outcome: InstanceBalancer.Outcome {
    switch code {
    case .connection: .unreachable
    case .status(429): .abandoned
    default: isUnavailability ? .failure : .success
    }
  }
}
