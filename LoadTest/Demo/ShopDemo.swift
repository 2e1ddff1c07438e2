import Contracts
import LoadClient
import NIOCore
import NIOHTTP1
import SampleShops
import Telemetry

/// The shop demo: the lifecycle of one shop in the shop service and the listing.
struct ShopDemo: Sendable {
  /// The system's freshness target.
  static let timeout = Duration.seconds(3)

  let services: Services
  let participants: Participants
  let events: EventTail
  let output: DemoOutput

  var owner: UserSession { participants.owner }
  var customer: UserSession { participants.customer }
  var shop: RESTClient { services.shop }
  var listing: RESTClient { services.listing }

  /// - Throws: when a call fails or a change is not visible in time; the shop is deleted in any case.
  func run() async throws {
    output.chapter("1  An owner opens a shop")
    let created = try await write(.POST, "/shops", Self.newShop, expecting: 201)
    let id = try created.decode(ShopView.self).id
    var delays: [ChangeLatency] = []
    do {
      try await open(id, created, &delays)
      try await change(id, &delays)
      try await search(id)
      try await close(id, &delays)
      try await delete(id, &delays)
    } catch {
      output.latencies(delays)
      _ = try? await shop.call(.DELETE, "/shops/\(id)", as: owner)
      throw error
    }
    output.latencies(delays)
  }

  private func open(_ id: Identifier, _ created: RESTResponse, _ delays: inout [ChangeLatency]) async throws {
    output.note("\(Self.newShop.name): one statement writes the shop and its outbox row")
    let page = try await follow(created, version: 1, of: id, change: "opened", &delays)
    output.note("the event has no state: shop-listing fetched it with GET /shops?ids=… and updated its read model")
    output.note("on the page: \(page.name), \(page.status.rawValue), \(page.menu.count) menu items")
  }

  private func change(_ id: Identifier, _ delays: inout [ChangeLatency]) async throws {
    output.chapter("2  The owner lowers the delivery fee and adds a menu item")
    let feeChange = try await write(.PATCH, "/shops/\(id)", ["deliveryFee": Money(amount: 1500)], expecting: 200)
    let page = try await follow(feeChange, version: 2, of: id, change: "delivery fee changed", &delays)
    output.note("on the page: delivery fee \(page.deliveryFee.amount.grouped) won")
    try check(page.deliveryFee.amount == 1500, "the new delivery fee")

    let item = NewMenuItem(name: "달빛 파닭", price: Money(amount: 21_000), description: "파를 듬뿍 올렸습니다")
    let menuChange = try await write(.POST, "/shops/\(id)/menu", item, expecting: 201)
    let menu = try await follow(menuChange, version: 3, of: id, change: "menu item added", &delays).menu
    output.note("on the page: " + menu.map { "\($0.name) \($0.price.amount.grouped)" }.joined(separator: ", "))
    try check(menu.contains { $0.name == item.name }, "the new menu item")
  }

  private func search(_ id: Identifier) async throws {
    output.chapter("3  A search finds it by a word, a substring, and initial consonants")
    let queries = [
      ("달빛대문치킨", "a word of its name"), ("대문치", "a substring"), ("ㄷㅂㄷㅁㅊㅋ", "the initial consonants of 달빛대문치킨"),
    ]
    for (query, description) in queries {
      let (response, cards): (RESTResponse, [CardView]) = try await eventually("the shop for a search for \(query)") {
        let (response, cards) = try await self.search(for: query)
        return cards.contains { $0.id == id } ? (response, cards) : nil
      }
      output.call("GET", "/search?q=\(query)&district=seongdong", response, service: "shop-listing", as: customer)
      output.observed("by \(description); \(cards.count) results")
    }
  }

  private func close(_ id: Identifier, _ delays: inout [ChangeLatency]) async throws {
    output.chapter("4  The owner closes it for the day")
    try await showListPosition(of: id, status: .open)
    let response = try await write(.PUT, "/shops/\(id)/status", ["status": ShopStatus.closed], expecting: 200)
    let page = try await follow(response, version: 4, of: id, change: "closed", &delays)
    try check(page.status == .closed, "the status closed")
    try await showListPosition(of: id, status: .closed)
  }

  private func delete(_ id: Identifier, _ delays: inout [ChangeLatency]) async throws {
    output.chapter("5  The owner deletes it")
    let response = try await write(.DELETE, "/shops/\(id)", Never?.none, expecting: 204)
    async let event = events.event(of: id, sequence: 5, within: Self.timeout)
    let gone = try await eventually("the shop's deletion") {
      let response = try await listing.call(.GET, "/listings/\(id)", as: customer, isFresh: true)
      return response.status == 410 || response.status == 404 ? response : nil
    }
    let delay = ChangeLatency(change: "deleted", version: 5, response: response, event: try await event, shown: gone.received)
    output.eventLine(try await event)
    output.call("GET", "/listings/\(id)", gone, service: "shop-listing", as: customer)
    output.observed("deleted \(delay.sentence)")
    delays.append(delay)
    try await eventually("the list without the shop") { try await position(of: id) == nil ? true : nil }
    try await eventually("a search without the shop") {
      try await search(for: "달빛대문치킨").cards.contains { $0.id == id } ? nil : true
    }
    output.note("no list and no search result has it any more")
    let after = try await shop.call(.GET, "/shops/\(id)", as: customer)
    output.call("GET", "/shops/\(id)", after, service: "shop", as: customer)
    _ = try after.expecting(410, of: "GET /shops/\(id) after its deletion")
  }
}
