import Logging
import Metrics
import Synchronization

/// The instances of one service, chosen in turn and watched.
final class ServiceInstances: Sendable {
  private struct State: Sendable {
    var balancer = InstanceBalancer()
    var shown = 0
    var meters: [ServiceAddress: Meter] = [:]
  }

  private let service: String
  private let resolver: any ServiceResolver
  private let logger: Logger
  private let state = Mutex(State())

  init(service: String, resolver: any ServiceResolver, logger: Logger) {
    self.service = service
    self.resolver = resolver
    self.logger = logger
  }

  /// - Parameter tried: instances that the call has failed at; one of them only if there is no other.
  /// - Throws: ``ServiceClientError``, if there is no instance at all.
  func choose(except tried: [ServiceAddress]) async throws -> InstanceBalancer.Choice {
    let addresses = try await resolver.addresses(of: service)
    let choice = withBalancer { balancer in
      balancer.update(addresses)
      let now = ContinuousClock.now
      return balancer.choose(at: now, except: tried) ?? balancer.choose(at: now)
    }
    guard let choice else {
      throw ServiceClientError(service: service, code: .unresolved, detail: "has no instances", wasSent: false)
    }
    return choice
  }

  /// Whether an instance that is well has not been tried yet.
  func hasOther(than tried: [ServiceAddress]) -> Bool {
    state.withLock { state in
      state.balancer.states.contains { $0.state == .included && !tried.contains($0.address) }
    }
  }

  /// Notes how a call ended.
  /// - Returns: whether another instance is well, so that a failure is not the service's.
  func record(_ outcome: InstanceBalancer.Outcome, for choice: InstanceBalancer.Choice) -> Bool {
    withBalancer { balancer in
      balancer.record(outcome, for: choice, at: .now)
      return balancer.hasSoundInstance(besides: choice)
    }
  }

  private func withBalancer<Result: Sendable>(_ body: (inout InstanceBalancer) -> Result) -> Result {
    state.withLock { state in
      let result = body(&state.balancer)
      if state.balancer.changes != state.shown { show(&state) }
      return result
    }
  }

  /// `service_client_instance_state{service,instance}`: one gauge for each instance that there is.
  private func show(_ state: inout State) {
    state.shown = state.balancer.changes
    var gone = state.meters
    for (address, phase, _) in state.balancer.states {
      let known = state.meters[address]
      let meter =
        known ?? Meter(label: "service_client_instance_state", dimensions: [("service", service), ("instance", address.url)])
      state.meters[address] = meter
      gone[address] = nil
      meter.set(phase.rawValue)
      if phase == .out { logger.debug("instance left out", metadata: ["service": "\(service)", "instance": "\(address.url)"]) }
    }
    for (address, meter) in gone {
      meter.destroy()
      state.meters[address] = nil
    }
  }
}
