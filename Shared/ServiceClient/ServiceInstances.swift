import Logging
import Metrics
import Synchronization

/// The instances of one service, and the choice between them.
final class ServiceInstances: Sendable {
  private struct State: Sendable {
    var balancer = InstanceBalancer()
    var recordedChanges = 0
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

  /// - Parameter tried: instances at which the call has failed; one of them is chosen only if there is no other.
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

  /// Whether there is an included instance that has not been tried yet.
  func hasOther(than tried: [ServiceAddress]) -> Bool {
    state.withLock { state in
      state.balancer.states.contains { $0.state == .included && !tried.contains($0.address) }
    }
  }

  /// Records the outcome of a call.
  /// - Returns: whether another instance is healthy, so that a failure is not the service's.
  func record(_ outcome: InstanceBalancer.Outcome, for choice: InstanceBalancer.Choice) -> Bool {
    withBalancer { balancer in
      balancer.record(outcome, for: choice, at: .now)
      return balancer.hasHealthyInstance(besides: choice)
    }
  }

  private func withBalancer<Result: Sendable>(_ body: (inout InstanceBalancer) -> Result) -> Result {
    state.withLock { state in
      let result = body(&state.balancer)
      if state.balancer.changes != state.recordedChanges { updateMetrics(&state) }
      return result
    }
  }

  /// Sets `service_client_instance_state{service,instance}`, a gauge for each current instance.
  private func updateMetrics(_ state: inout State) {
    state.recordedChanges = state.balancer.changes
    var removed = state.meters
    for (address, phase, _) in state.balancer.states {
      let known = state.meters[address]
      let meter =
        known ?? Meter(label: "service_client_instance_state", dimensions: [("service", service), ("instance", address.url)])
      state.meters[address] = meter
      removed[address] = nil
      meter.set(phase.rawValue)
      if phase == .out {
        logger.debug("An instance was ejected.", metadata: ["service": "\(service)", "instance": "\(address.url)"])
      }
    }
    for (address, meter) in removed {
      meter.destroy()
      state.meters[address] = nil
    }
  }
}
