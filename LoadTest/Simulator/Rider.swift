import Contracts
import LoadClient
import NIOHTTP1
import RandomNumbers
import SampleShops

/// A rider who waits for offers and delivers those that are accepted; the same account in every run.
struct Rider: Sendable {
  let session: UserSession
  let number: Int
  let home: Location
  let context: SimulationContext

  /// A rider's id is the account's.
  private var id: Identifier { session.id }

  /// - Parameter number: the index in the run's riders, who are distributed over the shops.
  init(number: Int, context: SimulationContext) {
    var random = SplitMix64(seed: 0x7269_6465_7273 &+ UInt64(number))
    self.number = number
    self.context = context
    session = context.actors.riders[number]
    home = context.shops[number % context.shops.count].location.moved(using: &random)
  }

  /// Registers if necessary, reports the location and goes online.
  ///
  /// - Throws: `UnexpectedResultError`, `NoResponseError`.
  func begin() async throws {
    let vehicle = ["bicycle", "motorcycle", "car"][number % 3]
    _ = try await send(.locate, .POST, "/riders", "{\"name\":\"라이더 \(number)\",\"vehicle\":\"\(vehicle)\"}", [201, 409])
    _ = try await send(.locate, .PUT, "/riders/\(id)/location", Bodies.location(home), [204])
    _ = try await send(.locate, .PUT, "/riders/\(id)/status", "{\"status\":\"online\"}", [200, 204])
  }

  /// Goes offline, to get no offers after the run.
  func end() async {
    _ = try? await send(.locate, .PUT, "/riders/\(id)/status", "{\"status\":\"offline\"}", [200, 204])
  }

  /// Handles offers until the fleet is dismissed or the task is cancelled; an accepted delivery is completed.
  func work() async {
    var failed = 0
    while !context.fleet.isDismissed && !Task.isCancelled {
      do {
        for offer in try await offers() { try await react(to: offer) }
        failed = 0
      } catch {
        if Task.isCancelled || context.fleet.isDismissed { return }
        failed += 1
        if !context.profile.toleratesOutages { context.measurements.failed("rider \(id): \(error)") }
        try? await Task.sleep(for: context.requests.pause(after: failed, nil))
      }
    }
  }

  /// Long-polls for offers, 20 s at most; the latency is not measured.
  private func offers() async throws -> [Offer] {
    let path = "/riders/\(id)/offers?wait=20"
    let response = try await context.services.rider.send(.GET, path, as: session, deadline: .seconds(30))
      .expecting(200, of: "GET \(path)")
    return response.json["items"]?.elements.compactMap { Offer($0) } ?? []
  }

  private func react(to offer: Offer) async throws {
    switch context.fleet.reaction(to: offer.order) {
    case .ignore:
      let left = offer.expires.milliseconds - WallClock.milliseconds
      try await Task.sleep(for: .milliseconds(max(0, left) + 50))
    case .decline:
      _ = try await command(.decline, "decline", offer, from: pause())
    case .accept:
      // An unstructured task: cancellation at the end of the run must not interrupt a delivery.
      try await Task { try await deliver(offer) }.value
    }
  }

  private func deliver(_ offer: Offer) async throws {
    guard try await command(.take, "accept", offer, from: pause()) != nil else { return }
    try await locate(offer.pickup)
    guard try await command(.pickUp, "pickup", offer, from: pause()) != nil else { return }
    try await locate(offer.dropOff)
    guard let response = try await command(.complete, "complete", offer, from: pause()) else { return }
    context.journal.write(
      "delivered",
      """
      "id":"\(offer.delivery)","orderId":"\(offer.order)","riderId":"\(id)","version":\(response.version.json)
      """)
  }

  /// - Returns: the response; `nil` for 409, when the delivery's status no longer permits the command.
  private func command(
    _ step: Step, _ action: String, _ offer: Offer, from next: ContinuousClock.Instant
  ) async throws -> RESTResponse? {
    let path = "/deliveries/\(offer.delivery)/\(action)"
    let response = try await context.requests.send(
      step, from: next, to: context.services.rider, .POST, path, as: session, expecting: [200, 204, 409])
    guard response.status != 409 else {
      context.measurements.refused(step, ErrorResponse(response).description)
      return nil
    }
    context.journal.command("delivery", offer.delivery, action, session, response)
    return response
  }

  private func locate(_ place: Location) async throws {
    _ = try await send(.locate, .PUT, "/riders/\(id)/location", Bodies.location(place), [204], from: pause())
  }

  private func send(
    _ step: Step, _ method: HTTPMethod, _ path: String, _ body: String, _ statuses: Set<Int>,
    from next: ContinuousClock.Instant = .now
  ) async throws -> RESTResponse {
    try await context.requests.send(
      step, from: next, to: context.services.rider, method, path, as: session, body: body, expecting: statuses)
  }

  private func pause() async throws -> ContinuousClock.Instant {
    let next = ContinuousClock.now + context.profile.pace * Double.random(in: 0.5...1.5)
    try await Task.sleep(until: next, tolerance: .zero)
    return next
  }
}

/// An offer of a delivery.
struct Offer: Sendable {
  let delivery: Identifier
  let order: Identifier
  let pickup: Location
  let dropOff: Location
  let expires: Timestamp

  /// Reads an item of `GET /riders/{id}/offers`.
  init?(_ json: JSONView) {
    guard
      let delivery = json["deliveryId"]?.string.flatMap({ Identifier($0) }),
      let order = json["orderId"]?.string.flatMap({ Identifier($0) }),
      let pickup = json["pickup"]?["location"].flatMap({ Location($0) }),
      let dropOff = json["dropOff"]?["location"].flatMap({ Location($0) }),
      let expires = json["expiresAt"]?.string.flatMap({ Timestamp(rfc3339: $0) })
    else { return nil }
    self.delivery = delivery
    self.order = order
    self.pickup = pickup
    self.dropOff = dropOff
    self.expires = expires
  }
}

extension Location {
  fileprivate init?(_ json: JSONView) {
    guard let latitude = json["latitude"]?.double, let longitude = json["longitude"]?.double else { return nil }
    self.init(latitude: latitude, longitude: longitude)
  }
}
