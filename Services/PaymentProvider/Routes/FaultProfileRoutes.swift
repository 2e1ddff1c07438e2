import Hummingbird
import JSON
import Web

/// Reads and changes the fault profile while the simulator runs.
struct FaultProfileRoutes {
  let control: FaultControl
  /// Called after a change of the profile.
  let changed: @Sendable () -> Void

  func add(to network: RouterGroup<ServiceRequestContext>) {
    network.group("admin/behaviour")
      .get(use: read)
      .put(use: change)
  }

  private func read(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    try .json(FaultProfileView(control.profile), headers: [.cacheControl: "no-store"])
  }

  private func change(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let body = try await request.jsonBytes(context)
    let change = try StrictJSON.decode(FaultProfileBody.self, from: body)
    try change.validate(against: control.profile)
    let profile = control.change { change.apply(to: &$0) }
    changed()
    return try .json(FaultProfileView(profile), headers: [.cacheControl: "no-store"])
  }

  private struct FaultProfileView: Encodable {
    let errorRate: Double
    let hangRate: Double
    let delayMilliseconds: Int
    let webhooks: Bool
    let seed: Int

    init(_ profile: FaultProfile) {
      errorRate = profile.errorRate
      hangRate = profile.hangRate
      delayMilliseconds = profile.delayMilliseconds
      webhooks = profile.webhooks
      seed = profile.seed
    }
  }
}

/// `PUT /admin/behaviour`: omitted members are unchanged.
struct FaultProfileBody: Decodable {
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

  func apply(to profile: inout FaultProfile) {
    profile.errorRate = errorRate ?? profile.errorRate
    profile.hangRate = hangRate ?? profile.hangRate
    profile.delayMilliseconds = delayMilliseconds ?? profile.delayMilliseconds
    profile.webhooks = webhooks ?? profile.webhooks
    profile.seed = seed ?? profile.seed
  }
}
