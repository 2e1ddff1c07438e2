import Contracts
import LoadClient
import NIOCore
import NIOHTTP1
import SampleShops
import Telemetry

/// Helpers of the shop demo's steps.
extension ShopDemo {
  static let newShop = NewShop(
    name: "달빛대문치킨 Lumière 성수점", category: .chicken, district: .seongdong,
    location: Location(latitude: 37.544_6, longitude: 127.055_9), address: "서울특별시 성동구 뚝섬로 273, 1층 (성수동)",
    minimumOrder: Money(amount: 15_000), deliveryFee: Money(amount: 3000), status: .open,
    menu: [
      NewMenuItem(name: "후라이드치킨", price: Money(amount: 19_000), description: "두 번 튀겨 오래 바삭해요"),
      NewMenuItem(name: "양념치킨", price: Money(amount: 20_500)),
    ])

  /// Sends a command as the owner.
  func write(
    _ method: HTTPMethod, _ path: String, _ body: (some Encodable & Sendable)?, expecting status: Int
  ) async throws -> RESTResponse {
    let response = try await shop.call(method, path, as: owner, json: body)
    output.call(method.rawValue, path, response, service: "shop", as: owner)
    return try response.expecting(status, of: "\(method.rawValue) \(path)")
  }

  /// Waits for a write's event and for its effect in the listing, concurrently, and prints both.
  func follow(
    _ response: RESTResponse, version: Int64, of id: Identifier, change: String, _ delays: inout [ChangeLatency]
  ) async throws -> ShopView {
    async let event = events.event(of: id, sequence: version, within: Self.timeout)
    let (page, polls) = try await listing.waitFor(version: version, of: id, within: Self.timeout)
    let delay = ChangeLatency(
      change: change, version: version, response: response, event: try await event, shown: page.received)
    if version == 1 { output.event(try await event) } else { output.eventLine(try await event) }
    output.call("GET", "/listings/\(id)", page, service: "shop-listing", as: nil)
    output.observed("version \(version) \(delay.sentence), at poll \(polls)")
    delays.append(delay)
    return try page.decode(ShopView.self)
  }

  /// Prints the shop's position in its list, once the list is sorted by the shop's status.
  func showListPosition(of id: Identifier, status: ShopStatus) async throws {
    let position: ListPosition = try await eventually("the shop as \(status.rawValue) at its position in the list") {
      let found = try await self.position(of: id)
      return found?.status == status && found?.isSorted == true ? found : nil
    }
    output.call("GET", Self.listPath, position.response, service: "shop-listing", as: customer)
    let text = "position \(position.number) of \(position.count)"
    output.observed(status == .open ? "\(text), newest first" : "\(text), \(status.rawValue), after every open shop")
  }

  /// The shop's position in its district's list; `nil` if it is not in the list.
  func position(of id: Identifier) async throws -> ListPosition? {
    var cards: [CardView] = []
    var path = Self.listPath
    while true {
      let response = try await listing.call(.GET, path, as: customer, isFresh: true).expecting(200, of: "GET \(path)")
      let page = try response.decode(Page<CardView>.self)
      cards += page.items
      guard let cursor = page.nextCursor else {
        return cards.firstIndex { $0.id == id }.map { ListPosition(cards: cards, index: $0, response: response) }
      }
      path = "\(Self.listPath)&cursor=\(percentEncoded(cursor))"
    }
  }

  /// The first hundred results of a search in the district.
  func search(for query: String) async throws -> (response: RESTResponse, cards: [CardView]) {
    let path = "/search?q=\(percentEncoded(query))&district=seongdong&limit=100"
    let response = try await listing.call(.GET, path, as: customer, isFresh: true).expecting(200, of: "GET \(path)")
    return (response, try response.decode(Page<CardView>.self).items)
  }

  /// Polls until `fetch` returns a value.
  ///
  /// - Throws: `NotVisibleError` after `timeout`.
  @discardableResult
  func eventually<Result>(_ what: String, _ fetch: () async throws -> Result?) async throws -> Result {
    let deadline = ContinuousClock.now + Self.timeout
    repeat {
      if let result = try await fetch() { return result }
      try await Task.sleep(for: listing.pause, tolerance: .zero)
    } while ContinuousClock.now < deadline
    throw NotVisibleError(what: what, timeout: Self.timeout)
  }

  func check(_ holds: Bool, _ what: String) throws {
    if !holds { throw NotVisibleError(what: what + " despite its version", timeout: Self.timeout) }
  }

  func percentEncoded(_ text: String) -> String {
    text.utf8.reduce(into: "") { encoded, byte in
      let character = Character(Unicode.Scalar(byte))
      if byte < 0x80 && (character.isLetter || character.isNumber || "-._~".contains(character)) {
        encoded.append(character)
      } else {
        encoded += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }
  }

  private static let listPath = "/listings?district=seongdong&category=chicken&sort=newest&limit=100"
}

/// The position of a shop in a list.
struct ListPosition {
  /// From 1.
  let number: Int
  let count: Int
  let status: ShopStatus
  /// Whether an open shop precedes all shops that are not open, and another follows all that are.
  let isSorted: Bool
  let response: RESTResponse

  init(cards: [CardView], index: Int, response: RESTResponse) {
    number = index + 1
    count = cards.count
    status = cards[index].status
    isSorted =
      status == .open
      ? cards[..<index].allSatisfy { $0.status == .open } : cards[index...].allSatisfy { $0.status != .open }
    self.response = response
  }
}

extension ChangeLatency {
  /// To be created right after the change was seen: it reads the clock to convert `shown` to the event's time scale.
  init(change: String, version: Int64, response: RESTResponse, event: ReceivedEvent, shown: ContinuousClock.Instant) {
    self.change = change
    self.version = version
    self.event = max(0, response.received.duration(to: event.arrived).inMilliseconds)
    self.shown = max(0, response.received.duration(to: shown).inMilliseconds)
    let age = shown.duration(to: .now).inMilliseconds
    sinceEventTime = event.time.map { Double(Timestamp.now().milliseconds(since: $0)) - age }.map { max(0, $0) }
  }

  /// `4.8 ms after the response, 7.1 ms after the event's time`
  var sentence: String {
    let first = "\(shown.text(decimals: 1)) ms after the response"
    return sinceEventTime.map { "\(first), \($0.text(decimals: 1)) ms after the event's time" } ?? first
  }
}
