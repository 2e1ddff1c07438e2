import Contracts
import TestSupport
import Testing

@testable import RiderService

@Suite("Rider: REST API", .serialized)
struct RiderRoutesTests {
  @Test(
    "An accepted order is offered by long poll, accepted and delivered; only its parties can read the delivery")
  func lifecycle() async throws {
    let service = try await RiderUnderTest.shared()
    let shop = Location(latitude: 10, longitude: 10)
    let order = Order.sample(pickup: shop)
    let rider = try await service.online(at: shop.north(300))
    async let waiting = service.offer(to: rider)
    try await service.publishAccepted(order)
    let offer = try await waiting
    #expect(offer.orderId == order.id)
    #expect(offer.pickup == order.pickup)
    #expect(offer.dropOff == order.deliveryAddress)
    #expect(offer.distanceMeters == 300)
    let path = "/deliveries/\(offer.deliveryId)"
    for (command, status, version) in [
      ("accept", DeliveryStatus.assigned, 2), ("pickup", .pickedUp, 3), ("complete", .delivered, 4),
    ] {
      let response = try await service.rider(rider).send("POST", "\(path)/\(command)")
      #expect(response.status == 200)
      #expect(response.header("ETag") == "\"v\(version)\"")
      #expect(try response.decode(Delivery.self).status == status)
      let repeated = try await service.rider(rider).send("POST", "\(path)/\(command)")
      #expect(repeated.status == 200)
      #expect(repeated.body == response.body)
    }
    let late = try await service.rider(rider).send("POST", "\(path)/pickup")
    #expect(late.status == 409)
    #expect(late.code == "illegal_transition")
    for (principal, status) in [
      ("customer:\(order.customerId)", 200), ("owner:\(order.ownerId)", 200), ("rider:\(rider)", 200),
      (RiderUnderTest.operator, 200),
      ("customer:\(order.ownerId)", 404), ("owner:\(order.customerId)", 404), ("rider:\(order.customerId)", 404),
    ] {
      let reader = service.api.acting(as: principal)
      #expect(try await reader.get(path).status == status, "\(principal)")
      let list = try await reader.get("/deliveries?orderId=\(order.id)").decode(Batch<Delivery>.self)
      #expect(list.items.count == (status == 200 ? 1 : 0), "\(principal)")
    }
    #expect(try await service.api.get(path, headers: ["If-None-Match": #""v4""#]).status == 304)
    let batch = try await service.api.get("/deliveries?ids=\(offer.deliveryId),\(order.id)").decode(Batch<Delivery>.self)
    #expect(batch.items.map(\.riderName) == ["김라이더"])
    #expect(batch.unknown == [order.id])
    let versions = try await service.api.get("/deliveries/versions?limit=5000").decode(Page<AggregateVersion>.self)
    #expect(versions.items.contains(AggregateVersion(id: offer.deliveryId, version: 4, deleted: false)))
  }

  @Test("A rider registers once with the id of the account, and changes only the own resource")
  func riders() async throws {
    let service = try await RiderUnderTest.shared()
    let id = Identifier.fresh()
    let body = #"{"name":"박라이더","vehicle":"motorcycle"}"#
    let created = try await service.rider(id).send("POST", "/riders", body)
    #expect(created.status == 201)
    #expect(created.header("Location") == "/riders/\(id)")
    #expect(created.header("ETag") == #""v1""#)
    #expect(try await service.rider(id).send("POST", "/riders", body).code == "rider_exists")
    #expect(try await service.rider(id).get("/riders/\(id)").body == created.body)
    #expect(try await service.api.get("/riders/\(id)").status == 200)
    let stranger = service.rider(.fresh())
    #expect(try await stranger.get("/riders/\(id)").status == 404)
    #expect(try await stranger.get("/riders/\(id)/offers").status == 404)
    #expect(try await stranger.send("PUT", "/riders/\(id)/status", #"{"status":"online"}"#).status == 404)
    #expect(try await stranger.send("PUT", "/riders/\(id)/location", #"{"latitude":1,"longitude":1}"#).status == 404)
    #expect(try await service.api.acting(as: "customer:\(id)").get("/riders/\(id)").status == 403)
    #expect(try await service.api.acting(as: nil).get("/riders/\(id)").status == 401)

    let online = try await service.rider(id).send(
      "PUT", "/riders/\(id)/status", #"{"status":"online"}"#, headers: ["If-Match": #""v1""#])
    #expect(online.header("ETag") == #""v2""#)
    #expect(try await service.rider(id).send("PUT", "/riders/\(id)/status", #"{"status":"online"}"#).header("ETag") == #""v2""#)
    let stale = try await service.rider(id).send(
      "PUT", "/riders/\(id)/status", #"{"status":"offline"}"#, headers: ["If-Match": #""v1""#])
    #expect(stale.status == 412)
    #expect(try await service.rider(id).send("PUT", "/riders/\(id)/location", #"{"latitude":1,"longitude":1}"#).status == 204)
    #expect(try await service.rider(id).send("PUT", "/riders/\(id)/status", #"{"status":"offline"}"#).status == 200)
    let events = try await service.sql("SELECT type, sequence FROM outbox WHERE subject = '\(id)' ORDER BY sequence")
    #expect(events == "rider.registered|1\nrider.statusChanged|2\nrider.statusChanged|3")
  }

  @Test("Only the checkout saga and operators cancel, by order; cancelling before the request leaves a tombstone")
  func cancels() async throws {
    let service = try await RiderUnderTest.shared()
    let order = Order.sample(pickup: Location(latitude: -20, longitude: -20))
    let body = #"{"orderId":"\#(order.id)","reason":"기한 초과"}"#
    #expect(try await service.rider(.fresh()).send("POST", "/deliveries/cancel", body).status == 403)
    let cancelled = try await service.api.send("POST", "/deliveries/cancel", body)
    #expect(cancelled.status == 200)
    let tombstone = try cancelled.decode(Delivery.self)
    #expect(tombstone.status == .cancelled)
    #expect(try await service.api.send("POST", "/deliveries/cancel", body).body == cancelled.body)
    #expect(try await service.api.get("/deliveries/\(tombstone.id)").status == 410)
    let batch = try await service.api.get("/deliveries?ids=\(tombstone.id)").decode(Batch<Delivery>.self)
    #expect(batch.deleted == [Tombstone(id: tombstone.id, version: 1)])

    let calls = service.orders.calls.count
    try await service.publishAccepted(order)
    try await eventually("the fetch") { service.orders.calls.count > calls }
    try await eventually("the acknowledgement") {
      let pending = try await ChildProcess.run(
        ["redis-cli", "-p", "\(service.events.port)", "XPENDING", "events:order", "rider"])
      return pending.output.hasPrefix("0")
    }
    #expect(try await service.api.get("/deliveries?orderId=\(order.id)").decode(Batch<Delivery>.self).items.isEmpty)
  }

  @Test("A poll without an offer returns an empty list at its time limit, and when the service stops")
  func polls() async throws {
    let service = try await RiderUnderTest.start()
    let rider = try await service.online(at: .cityHall)
    #expect(try await service.rider(rider).get("/riders/\(rider)/offers").text == #"{"items":[]}"#)
    #expect(try await service.rider(rider).get("/riders/\(rider)/offers?wait=1").text == #"{"items":[]}"#)
    async let waiting = service.rider(rider).send("GET", "/riders/\(rider)/offers?wait=30", within: .seconds(40))
    let metrics = RESTClient(service.process.url)
    try await eventually("the pending poll") {
      try await metrics.get("/metrics").text.contains("http_server_requests_in_flight 2")
    }
    let begin = ContinuousClock.now
    #expect(try await service.process.stop() == .status(0))
    #expect(ContinuousClock.now - begin < .seconds(8), "the stop does not wait for the poll's time limit")
    #expect(try await waiting.text == #"{"items":[]}"#)
  }

  @Test("Republishing selects riders and deliveries by their event types")
  func republishes() async throws {
    let service = try await RiderUnderTest.shared()
    let rider = try await service.online(at: Location(latitude: 40, longitude: 40))
    let api = service.api.acting(as: RiderUnderTest.operator)
    #expect(try await api.send("POST", "/admin/republish", #"{"types":["shop.created"]}"#).status == 422)
    let response = try await api.send("POST", "/admin/republish", #"{"ids":["\#(rider)"],"types":["rider.registered"]}"#)
    #expect(response.text.contains(#""matched":1"#))
    try await eventually("the event") {
      try await service.sql(
        "SELECT count(*) FROM outbox WHERE subject = '\(rider)' AND type = 'rider.statusChanged' AND sequence = 2") == "2"
    }
  }
}
