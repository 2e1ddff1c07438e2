import JSON
import Hummingbird
import Web

/// How badly the network behaves, to be looked at and changed while it runs.
struct FaultProfileRoutes {
  let control: FaultControl
  /// Called when the behaviour was changed.
  let changed: @Sendable () -> Void

  func add(to network: RouterGroup<ServiceRequestContext>) {
    network.group("admin/behaviour")
      .get(use: read)
      .put(use: change)
  }

  private func read(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    try .json(FaultProfileView(control.behaviour), headers: [.cacheControl: "no-store"])
  }

  private func change(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let body = try await request.jsonBytes(context)
    let change = try StrictJSON.decode(PutBehaviour.self, from: body)
    try change.validate(against: control.behaviour)
    let behaviour = control.change { change.apply(to: &$0) }
    changed()
    return try .json(FaultProfileView(behaviour), headers: [.cacheControl: "no-store"])
  }

  private struct FaultProfileView: Encodable {
    let errorRate: Double
    let hangRate: Double
    let delayMilliseconds: Int
    let webhooks: Bool
    let seed: Int

    init(_ behaviour: FaultProfile) {
      errorRate = behaviour.errorRate
      hangRate = behaviour.hangRate
      delayMilliseconds = behaviour.delayMilliseconds
      webhooks = behaviour.webhooks
      seed = behaviour.seed
    }
  }
}

/// `PUT /admin/behaviour`: what is left out stays as it is.
struct PutBehaviour: Decodable {
  let errorRate: Double?
  let hangRate: Double?
  let delayMilliseconds: Int?
  let webhooks: Bool?
  let seed: Int?

  func validate(against current: FaultProfile) throws {
    var validation = Validation()
    let (errors, hangs) = (errorRate ?? current.errorRate, hangRate ?? current.hangRate)
    validation.check(FaultProfile.rates.contains(errors), "/errorRate", "must lie between 0 and 1")
    validation.check(FaultProfile.rates.contains(hangs), "/hangRate", "must lie between 0 and 1")
    validation.check(
      errors + hangs <= 1 || !FaultProfile.rates.contains(errors) || !FaultProfile.rates.contains(hangs), "",
      "must not have more than 1 as the sum of errorRate and hangRate")
    validation.check(FaultProfile.delays.contains(delayMilliseconds ?? 0), "/delayMilliseconds", "must lie between 0 and 60000")
    validation.check(FaultProfile.seeds.contains(seed ?? 0), "/seed", "must lie between 0 and 2147483647")
    try validation.finish()
  }

  func apply(to behaviour: inout FaultProfile) {
    behaviour.errorRate = errorRate ?? behaviour.errorRate
    behaviour.hangRate = hangRate ?? behaviour.hangRate
    behaviour.delayMilliseconds = delayMilliseconds ?? behaviour.delayMilliseconds
    behaviour.webhooks = webhooks ?? behaviour.webhooks
    behaviour.seed = seed ?? behaviour.seed
  }
}
