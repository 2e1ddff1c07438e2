import Contracts
import LoadClient
import NIOCore
import NIOHTTP1
import SampleShops
import Telemetry

/// The way of one shop through the system.
struct ShopTour: Sendable {
  /// What the system promises: no change takes longer to show.
  static let patience = Duration.seconds(3)

  let services: Services
  let cast: Actors
  let events: EventTail
  let narration: Narration

  var owner: Person { cast.owner }
  var customer: Person { cast.customer }
  var shop: RESTClient { services.shop }
  var listing: RESTClient { services.listing }

  /// - Throws: when a call is refused, or something does not show in time; the shop is deleted all the same.
  func walk() async throws {
    narration.chapter("1  A shop opens")
    let created = try await write(.POST, "/shops", Self.newShop, expecting: 201)
    let id = try created.decode(ShopView.self).id
    var delays: [MeasuredDelay] = []
    do {
      try await open(id, created, &delays)
      try await change(id, &delays)
      try await search(id)
      try await close(id, &delays)
      try await delete(id, &delays)
    } catch {
      narration.delays(delays)
      _ = try? await shop.call(.DELETE, "/shops/\(id)", as: owner)
      throw error
    }
    narration.delays(delays)
  }

  private func open(_ id: Identifier, _ created: Answer, _ delays: inout [MeasuredDelay]) async throws {
    narration.note("\(Self.newShop.name), in one statement with a row of the outbox; only the database knows it yet")
    let page = try await follow(created, version: 1, of: id, change: "opened", &delays)
    narration.note("shop-listing had no state in hand: it called back GET /shops?ids=… and wrote what it was told")
    narration.note("on the page: \(page.name), \(page.status.rawValue), \(page.menu.count) dishes")
  }

  private func change(_ id: Identifier, _ delays: inout [MeasuredDelay]) async throws {
    narration.chapter("2  Its delivery gets cheaper, and its menu longer")
    let cheaper = try await write(.PATCH, "/shops/\(id)", ["deliveryFee": Money(amount: 1500)], expecting: 200)
    let page = try await follow(cheaper, version: 2, of: id, change: "cheaper delivery", &delays)
    narration.note("on the page: delivery for \(page.deliveryFee.amount.grouped) won")
    try check(page.deliveryFee.amount == 1500, "the new delivery fee")

    let dish = NewMenuItem(name: "달빛 파닭", price: Money(amount: 21_000), description: "파를 듬뿍 올렸습니다")
    let longer = try await write(.POST, "/shops/\(id)/menu", dish, expecting: 201)
    let menu = try await follow(longer, version: 3, of: id, change: "a new dish", &delays).menu
    narration.note("on the page: " + menu.map { "\($0.name) \($0.price.amount.grouped)" }.joined(separator: ", "))
    try check(menu.contains { $0.name == dish.name }, "the new dish")
  }

  private func search(_ id: Identifier) async throws {
    narration.chapter("3  It is found by a word, by a part of it, and by initial consonants")
    let ways = [
      ("달빛대문치킨", "a word of its name"), ("대문치", "a part of a word"), ("ㄷㅂㄷㅁㅊㅋ", "the initial consonants of 달빛대문치킨"),
    ]
    for (query, way) in ways {
      let (answer, cards): (Answer, [CardView]) = try await eventually("the shop for a search for \(query)") {
        let (answer, cards) = try await self.found(query)
        return cards.contains { $0.id == id } ? (answer, cards) : nil
      }
      narration.call("GET", "/search?q=\(query)&district=seongdong", answer, service: "shop-listing", as: customer)
      narration.shown("by \(way); \(cards.count) found")
    }
  }

  private func close(_ id: Identifier, _ delays: inout [MeasuredDelay]) async throws {
    narration.chapter("4  It closes for the day")
    try await showPlace(of: id, status: .open)
    let answer = try await write(.PUT, "/shops/\(id)/status", ["status": ShopStatus.closed], expecting: 200)
    let page = try await follow(answer, version: 4, of: id, change: "closed", &delays)
    try check(page.status == .closed, "the status closed")
    try await showPlace(of: id, status: .closed)
  }

  private func delete(_ id: Identifier, _ delays: inout [MeasuredDelay]) async throws {
    narration.chapter("5  It is deleted")
    let answer = try await write(.DELETE, "/shops/\(id)", Never?.none, expecting: 204)
    async let event = events.event(of: id, sequence: 5, within: Self.patience)
    let gone = try await eventually("the shop's disappearance") {
      let answer = try await listing.call(.GET, "/listings/\(id)", as: customer, isFresh: true)
      return answer.status == 410 || answer.status == 404 ? answer : nil
    }
    let delay = MeasuredDelay(change: "deleted", version: 5, answer: answer, event: try await event, shown: gone.received)
    narration.eventLine(try await event)
    narration.call("GET", "/listings/\(id)", gone, service: "shop-listing", as: customer)
    narration.shown("to be gone \(delay.sentence)")
    delays.append(delay)
    try await eventually("the list without the shop") { try await place(of: id) == nil ? true : nil }
    try await eventually("a search without the shop") {
      try await found("달빛대문치킨").cards.contains { $0.id == id } ? nil : true
    }
    narration.note("no list and no search shows it any more")
    let after = try await shop.call(.GET, "/shops/\(id)", as: customer)
    narration.call("GET", "/shops/\(id)", after, service: "shop", as: customer)
    _ = try after.expecting(410, of: "GET /shops/\(id) after its deletion")
  }
}
